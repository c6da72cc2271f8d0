"""Calls and answers on their way through the front."""

import pytest

from harness.emulator.call import Answer, Call, json_answer

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def test_a_signed_call_says_service_and_region() -> None:
    scope = "AWS4-HMAC-SHA256 Credential=A/20260101/eu-central-1/monitoring/aws4_request, Signature=0"
    call = Call("POST", "/", {"authorization": scope}, b"")
    assert (call.service, call.region) == ("monitoring", "eu-central-1")


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer token"}])
def test_an_unsigned_call_is_of_no_service(headers: dict[str, str]) -> None:
    call = Call("GET", "/", headers, b"")
    assert (call.service, call.region) == ("", "")


@pytest.mark.parametrize(
    ("headers", "body", "action"),
    [
        ({"x-amz-target": "Logs_20140328.CreateLogGroup"}, b"{}", "CreateLogGroup"),
        (FORM, b"Action=DescribeVpcs&Version=2016-11-15", "DescribeVpcs"),
        ({"content-type": "application/json"}, b'{"Action": "x"}', ""),
        ({}, b"Action=DescribeVpcs", ""),
    ],
)
def test_the_action_is_named_by_the_protocol(headers: dict[str, str], body: bytes, action: str) -> None:
    assert Call("POST", "/", headers, body).action == action


def test_paths_are_decoded_without_their_query() -> None:
    call = Call("GET", "/2017-03-31/tags/arn%3Aaws%3Alambda?tagKeys=a%2Fb", {}, b"")
    assert call.path == "/2017-03-31/tags/arn:aws:lambda"


def test_a_form_keeps_empty_and_escaped_values() -> None:
    call = Call("POST", "/", FORM, b"A=&B=x%26y%3D%C3%A9&C=1+2")
    assert call.form == {"A": "", "B": "x&y=é", "C": "1 2"}
    again = call.with_form({**call.form, "D": "a&b"})
    assert again.form == {**call.form, "D": "a&b"}
    assert again.headers == call.headers


def test_lists_of_the_query_protocol_keep_their_order() -> None:
    numbers = "&".join(f"Names.member.{number}=n{number}" for number in (10, 2, 1))
    call = Call("POST", "/", FORM, f"{numbers}&Filter.1=f&NamesOther.1=no&Names.member.1.Deeper=no".encode())
    assert call.members("Names") == ["n1", "n2", "n10"]
    assert call.members("Filter") == ["f"]
    assert call.members("Absent") == []


@pytest.mark.parametrize("body", [b"", b"not json", b"[1]", b"\xff"])
def test_what_is_no_json_object_has_no_parameters(body: bytes) -> None:
    assert Call("POST", "/", {}, body).json == {}


def test_json_is_read_and_replaced() -> None:
    call = Call("POST", "/", {"a": "b"}, b'{"name": "x"}')
    assert call.json == {"name": "x"}
    assert call.with_json({"name": "y"}) == Call("POST", "/", {"a": "b"}, b'{"name": "y"}')


def test_an_answer_is_changed_without_its_head() -> None:
    answer = Answer(201, {"x": "y"}, b'{"a": 1}')
    assert answer.json == {"a": 1}
    assert answer.with_json({"a": 2}) == Answer(201, {"x": "y"}, b'{"a": 2}')
    assert answer.with_text("é").body == "é".encode()
    assert json_answer({"a": 1}, 404, [("x-amzn-errortype", "E")]) == Answer(
        404, {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": "E"}, b'{"a": 1}'
    )
