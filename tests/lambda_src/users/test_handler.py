import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from contracts import problems

Make = Callable[..., Any]
BODY = {"name": "Zoë 🌻", "email": "zoe@example.org"}


def unreachable(port: int) -> dict[str, str]:
    return {
        "MYSQL_URL": f"mysql://127.0.0.1:{port}/orders?tls=false",
        "MYSQL_CREDENTIALS": '{"username": "a", "password": "b"}',
    }


def problem(payload: dict[str, Any]) -> problems.ProblemType:
    return problems.TYPES[json.loads(payload["body"])["type"]]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"user": None}, problems.UNAUTHENTICATED),
        ({"idempotency_key": ""}, problems.MISSING_KEY),
        ({"body": "["}, problems.INVALID_JSON),
        ({"body": {"name": "A"}}, problems.INVALID_REQUEST),
        ({"body": {"name": "A", "email": "no address"}}, problems.INVALID_REQUEST),
        ({"body": {"name": "A" * 201, "email": "a@b"}}, problems.INVALID_REQUEST),
        ({}, problems.UNAVAILABLE),  # only a good request asks MySQL, and finds it away
    ],
)
def test_a_bad_request_asks_nobody(
    load: Make, closed_port: int, event: Make, context: Make, options: dict[str, Any], kind: object
) -> None:
    handler = load("users", **unreachable(closed_port)).handler
    received = event("POST /v1/users", **{"body": BODY, "idempotency_key": "k", **options})
    assert problem(handler(received, context())) is kind


@pytest.fixture
def handler(load: Make, real: dict[str, str]) -> Any:
    return load("users", **real).handler


@pytest.mark.servers
def test_a_user_is_registered_once(handler: Any, event: Make, context: Make) -> None:
    def create(key: str, body: object = BODY, user: str = "auth0|users-1") -> Any:
        return handler(event("POST /v1/users", user=user, body=body, idempotency_key=key), context())

    first = create("key-1")
    assert first["statusCode"] == 201
    assert first["headers"]["location"] == "/v1/users/auth0%7Cusers-1"
    body = json.loads(first["body"])
    assert {name: body[name] for name in ("user_id", "name", "email")} == {"user_id": "auth0|users-1", **BODY}
    assert create("key-1") == first
    assert create("key-1", dict(reversed(BODY.items()))) == first
    assert problem(create("key-1", {**BODY, "name": "Zoe"})) is problems.KEY_REUSED
    assert problem(create("key-2")) is problems.USER_EXISTS
    assert create("key-1", user="auth0|users-2")["statusCode"] == 201


@pytest.mark.servers
@pytest.mark.parametrize("keys", [["k"] * 8, [f"k{number}" for number in range(8)]], ids=["retries", "rivals"])
def test_requests_at_the_same_time(
    load: Make, real: dict[str, str], event: Make, context: Make, keys: list[str]
) -> None:
    handlers = [load("users", **real).handler for _ in keys]
    user = f"users-race-{keys[0]}"
    answers: list[Any] = [None] * len(keys)
    gate = threading.Barrier(len(keys))

    def create(number: int) -> None:
        gate.wait()
        received = event("POST /v1/users", user=user, body=BODY, idempotency_key=keys[number])
        answers[number] = handlers[number](received, context())

    threads = [threading.Thread(target=create, args=(number,)) for number in range(len(keys))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    created = [answer for answer in answers if answer["statusCode"] == 201]
    if len(set(keys)) == 1:
        assert len(created) == len(keys)
        assert len({answer["body"] for answer in created}) == 1
    else:
        assert len(created) == 1
        assert all(problem(answer) is problems.USER_EXISTS for answer in answers if answer is not created[0])


@pytest.mark.servers
def test_a_lost_answer_is_settled_by_a_retry(load: Make, behind: Make, event: Make, context: Make) -> None:
    door, variables = behind("MYSQL")
    handler = load("users", **variables).handler
    received = event("POST /v1/users", user="users-lost", body=BODY, idempotency_key="k")
    handler(event("POST /v1/users", user="users-warm", body=BODY, idempotency_key="k"), context())
    door.swallow_answers()  # the statement arrives, its answer does not
    answer = handler(received, context())
    assert problem(answer) is problems.OUTCOME_UNKNOWN
    assert "retry-after" in answer["headers"]
    door.thaw()
    again = handler(received, context())
    assert again["statusCode"] == 201
    assert handler(received, context()) == again
