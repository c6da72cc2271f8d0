import base64
import functools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import problems
from shared.request import MAX_BODY_BYTES, Request
from shared.response import Problem

Make = Callable[..., Any]
BODY = {"lines": [{"sku": "SKU-0001", "quantity": 1}]}


@pytest.fixture
def request_of(event: Make, context: Make) -> Make:
    return lambda **options: Request.of(event("POST /v1/orders", **options), context())


def kind(action: Callable[[], object]) -> problems.ProblemType:
    with pytest.raises(Problem) as refusal:
        action()
    return refusal.value.kind


def test_the_caller_is_the_tokens_subject(request_of: Make) -> None:
    assert request_of(user="auth0|5f7c").user_id() == "auth0|5f7c"


@pytest.mark.parametrize("user", [None, "", " ", "a b", "a ", "a\n", "é", "x" * 65])
def test_a_token_without_a_usable_subject(request_of: Make, user: str | None) -> None:
    assert kind(request_of(user=user).user_id) is problems.UNAUTHENTICATED


@pytest.mark.parametrize("authorizer", [None, {}, {"jwt": None}, {"jwt": {}}, {"jwt": {"claims": {"sub": 7}}}])
def test_an_event_without_claims(event: Make, context: Make, authorizer: object) -> None:
    received = event("POST /v1/orders")
    received["requestContext"]["authorizer"] = authorizer
    assert kind(Request.of(received, context()).user_id) is problems.UNAUTHENTICATED


@pytest.mark.parametrize("key", ["a", "A-Z_0.9:x", "k" * 64])
def test_keys(request_of: Make, key: str) -> None:
    assert request_of(idempotency_key=key).idempotency_key() == key


@pytest.mark.parametrize("key", [None, "", " ", "a b", "k" * 65, "ä", "a,b", "a\n", '"a"', "a/b"])
def test_keys_that_are_none(request_of: Make, key: str | None) -> None:
    headers = {} if key is None else {"idempotency_key": key}
    assert kind(request_of(**headers).idempotency_key) is problems.MISSING_KEY


@given(st.text(max_size=70))
def test_every_key_fits_its_column_or_is_refused(key: str) -> None:
    event = {"routeKey": "x", "requestContext": {}, "headers": {"idempotency-key": key}}
    try:
        accepted = Request.of(event, _Context()).idempotency_key()
    except Problem:
        return
    assert accepted == key
    assert 1 <= len(key.encode("ascii")) <= 64


class _Context:
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 1000


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'],
)
def test_media_types(request_of: Make, media_type: str) -> None:
    assert request_of(body=BODY, content_type=media_type).json("order.request") == BODY


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "json"]
)
def test_media_types_that_are_refused(request_of: Make, media_type: str) -> None:
    received = request_of(body=BODY, content_type=media_type)
    assert kind(lambda: received.json("order.request")) is problems.UNSUPPORTED_MEDIA


@pytest.mark.parametrize("body", [None, "", "{", '{"lines": [], "lines": []}', '{"lines": NaN}', "[" * 60_000])
def test_bodies_that_are_no_json(request_of: Make, body: str | None) -> None:
    received = request_of(body=body, content_type="application/json")
    assert kind(lambda: received.json("order.request")) is problems.INVALID_JSON


def test_base64_is_decoded(event: Make, context: Make) -> None:
    received = event("POST /v1/orders", body='{"name": "Zoë", "email": "a@b"}')
    received["body"] = base64.b64encode(received["body"].encode()).decode()
    received["isBase64Encoded"] = True
    assert Request.of(received, context()).json("user.request")["name"] == "Zoë"
    received["body"] = "!" + received["body"]
    assert kind(lambda: Request.of(received, context()).json("user.request")) is problems.INVALID_JSON


def test_the_size_limit_counts_bytes_of_the_decoded_body(event: Make, context: Make) -> None:
    def padded(size: int) -> str:
        return '{"name": "a", "email": "' + "a" * (size - 28) + '@b"}'

    assert len(padded(MAX_BODY_BYTES)) == MAX_BODY_BYTES
    for encoded in (False, True):
        for size, expected in (
            (MAX_BODY_BYTES, problems.INVALID_REQUEST),  # read, and then the address is too long
            (MAX_BODY_BYTES + 1, problems.TOO_LARGE),
            (MAX_BODY_BYTES * 20, problems.TOO_LARGE),
        ):
            received = event("POST /v1/users", body=padded(size))
            if encoded:
                received["body"] = base64.b64encode(received["body"].encode()).decode()
                received["isBase64Encoded"] = True
            request = Request.of(received, context())
            assert kind(functools.partial(request.json, "user.request")) is expected
    received = event("POST /v1/users", body='"' + "ä" * (MAX_BODY_BYTES // 2) + '"')
    assert kind(lambda: Request.of(received, context()).json("user.request")) is problems.TOO_LARGE


def test_a_body_that_breaks_its_schema_is_told_where(request_of: Make) -> None:
    received = request_of(body={"lines": [{"sku": "SKU-0001", "quantity": 0}]})
    with pytest.raises(Problem) as refusal:
        received.json("order.request")
    assert refusal.value.kind is problems.INVALID_REQUEST
    assert [error["pointer"] for error in refusal.value.errors] == ["/lines/0/quantity"]


def test_the_traceparent_of_the_client_is_kept_and_a_bad_one_replaced(request_of: Make) -> None:
    good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert request_of(traceparent=good).traceparent == good
    for bad in ("", "00-zz", good.upper(), f"00-{'0' * 32}-00f067aa0ba902b7-01", good + "-x"):
        replaced = request_of(traceparent=bad).traceparent
        assert replaced != bad
        assert len(replaced) == 55


def test_parameters(request_of: Make) -> None:
    received = request_of(query="a=1&b=%20x%2By&c=")
    assert [received.parameter(name) for name in "abcd"] == ["1", " x+y", "", None]
    assert kind(lambda: request_of(query="a=1&a=2").parameter("a")) is problems.INVALID_PARAMETER
