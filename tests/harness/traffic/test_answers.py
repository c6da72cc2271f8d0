import json
from typing import Any

import pytest

from contracts import identity, problems
from contracts.problems import ProblemType
from harness.traffic import ACTIONS, actions
from harness.traffic.answers import Answer, Reply, etag_version, retriable, retry_after_s, understand
from harness.traffic.requests import Request

ORDER = identity.order_id("ann", "k")
READ = {"order_id": ORDER, "version": 2, "status": "CONFIRMED"}


def asked(action: str, route: str | None = None, **headers: str) -> Request:
    route = route or ACTIONS[action].routes[0]
    return Request(action, route, route.split(" ")[0], "/", headers, order_id=ORDER)


def reply(status: int, value: Any = None, **headers: str) -> Reply:
    body = b"" if value is None else json.dumps(value).encode()
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, {"content-type": "application/json", **names}, body)


def problem(kind: ProblemType, **headers: str) -> Reply:
    return reply(kind.status, {"type": kind.uri}, **{"content_type": problems.MEDIA_TYPE, **headers})


PLACED = reply(202, {"order_id": ORDER}, location=f"/v1/orders/{ORDER}")


def test_what_is_accepted_is_acknowledged() -> None:
    answer = understand(asked("place_order"), PLACED)
    assert (answer.kind, answer.order_id, answer.unexpected) == ("ok", ORDER, None)


def test_a_read_tells_version_and_status() -> None:
    answer = understand(asked("read_order"), reply(200, READ, etag='"2"'))
    assert (answer.kind, answer.version, answer.order_status, answer.unexpected) == ("ok", 2, "CONFIRMED", None)


def test_not_modified_tells_the_version_that_the_client_has() -> None:
    answer = understand(asked("read_order", **{"if-none-match": '"7"'}), Reply(304, {}, b""))
    assert (answer.kind, answer.version, answer.unexpected) == ("ok", 7, None)


@pytest.mark.parametrize("kind", [kind for kind in problems.TYPES.values() if kind.no_effect])
def test_a_problem_that_promises_no_effect_is_a_refusal(kind: ProblemType) -> None:
    answer = understand(asked("place_order"), problem(kind))
    assert (answer.kind, answer.problem) == ("fail", kind.slug)


def test_an_unknown_outcome_is_no_refusal() -> None:
    answer = understand(asked("place_order"), problem(problems.OUTCOME_UNKNOWN))
    assert (answer.kind, answer.unexpected) == ("info", None)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_of_the_gateway_tells_nothing(status: int) -> None:
    answer = understand(asked("place_order"), reply(status, {"message": "Service Unavailable"}))
    assert (answer.kind, answer.problem, answer.unexpected) == ("info", None, None)


def test_throttling_is_a_refusal_and_allowed() -> None:
    answer = understand(asked("bad_json"), reply(429, {"message": "Too Many Requests"}))
    assert (answer.kind, answer.unexpected) == ("fail", None)


@pytest.mark.parametrize("status", [None, 202, 400])
def test_a_broken_connection_is_never_a_refusal(status: int | None) -> None:
    answer = understand(asked("bad_json"), Reply(status, error="timeout"))
    assert (answer.kind, answer.error, answer.status) == ("info", "timeout", status)


@pytest.mark.parametrize("action", [name for name, action in ACTIONS.items() if min(action.answers) >= 400])
def test_each_refusal_is_as_due(action: str) -> None:
    ((status, due),) = ACTIONS[action].answers.items()
    answer = understand(asked(action), problem(due) if due else reply(status, {"message": "Unauthorized"}))
    assert (answer.kind, answer.unexpected) == ("fail", None)


@pytest.mark.parametrize(
    ("request_", "reply_", "kind", "unexpected"),
    [
        (asked("bad_json"), PLACED, "ok", "bad_json answered 202, allowed are 400"),
        (asked("expired_token"), PLACED, "ok", "expired_token answered 202, allowed are 401"),
        (asked("place_order"), reply(404, {"message": "Not Found"}), "fail", "place_order answered 404"),
        (asked("place_order"), reply(302), "info", "place_order answered 302"),
        (asked("read_order"), problem(problems.NOT_FOUND), "fail", "with not-found, due is not-yet-known"),
        (asked("read_order"), reply(404, {}), "fail", "with no problem, due is not-yet-known"),
        (asked("bad_json"), problem(problems.MISSING_KEY), "fail", "with missing-idempotency-key, due is invalid-json"),
        (asked("bad_json"), reply(400, {}, content_type=problems.MEDIA_TYPE), "fail", "unknown problem 'unreadable'"),
        (
            asked("place_order"),
            reply(503, {"type": "about:blank"}, content_type=problems.MEDIA_TYPE),
            "info",
            "503 with the unknown problem 'about:blank'",
        ),
        (
            asked("place_order"),
            reply(500, {"type": problems.NOT_ACCEPTED.uri}, content_type=problems.MEDIA_TYPE),
            "fail",
            "problem not-accepted with status 500, its status is 503",
        ),
        (asked("place_order"), reply(202, {"order_id": "x"}), "ok", "order_id is 'x', due is"),
        (asked("place_order"), reply(202), "ok", "202 without a JSON object"),
        (asked("place_order"), reply(202, {"order_id": ORDER}), "ok", "Location is ''"),
        (asked("cancel_order"), reply(202, {"order_id": "x"}), "ok", "order_id is 'x'"),
        (asked("read_order"), reply(200, {**READ, "order_id": "x"}, etag='"2"'), "ok", "the order has not"),
        (asked("read_order"), reply(200, {**READ, "version": "2"}, etag='"2"'), "ok", "the order has not"),
        (asked("read_order"), reply(200, READ, etag='"3"'), "ok", "ETag '\"3\"' is not version 2"),
        (asked("read_order"), reply(200, READ), "ok", "ETag None is not version 2"),
        (asked("read_order"), Reply(304, {}), "ok", "304 to a request without If-None-Match"),
        (asked("create_user"), reply(200, {}), "ok", "create_user answered 200, allowed are 201"),
        (asked("foreign_order", actions.CANCEL), reply(202, {"order_id": ORDER}), "ok", "foreign_order answered 202"),
    ],
)  # fmt: skip
def test_an_answer_that_breaks_the_contract_surfaces(
    request_: Request, reply_: Reply, kind: str, unexpected: str
) -> None:
    answer = understand(request_, reply_)
    assert answer.kind == kind
    assert answer.unexpected is not None
    assert unexpected in answer.unexpected


@pytest.mark.parametrize(
    ("etag", "version"), [('"12"', 12), ('W/"3"', 3), ("4", 4), ('"x"', None), ('"²"', None), ("", None), (None, None)]
)
def test_etags(etag: str | None, version: int | None) -> None:
    assert etag_version(etag) == version


def test_retry_after() -> None:
    assert retry_after_s(reply(503, retry_after="3")) == 3
    assert retry_after_s(reply(503, retry_after="Fri, 01 Jan 2027 00:00:00 GMT")) is None
    assert retry_after_s(Reply(error="timeout")) is None


def test_what_a_client_tries_again() -> None:
    assert all(retriable(Answer("info", status)) for status in (429, 500, 502, 503, 504))
    assert retriable(Answer("info", None, error="timeout"))
    assert not any(retriable(Answer("fail", status)) for status in (400, 401, 404, 413, 422))
