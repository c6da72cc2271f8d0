import json

import pytest

from contracts import problems
from shared.response import Problem, Response


def test_an_answer_is_compact_json() -> None:
    assert Response(202, {"name": "Zoë"}, {"location": "/v1/orders/1"}).payload() == {
        "statusCode": 202,
        "headers": {"location": "/v1/orders/1", "content-type": "application/json"},
        "body": '{"name":"Zoë"}',
        "isBase64Encoded": False,
    }


def test_an_answer_without_a_body_says_nothing_about_one() -> None:
    assert Response(304, headers={"etag": '"3"'}).payload() == {"statusCode": 304, "headers": {"etag": '"3"'}}


@pytest.mark.parametrize("kind", problems.TYPES.values(), ids=lambda kind: kind.slug)
def test_a_problem_says_what_it_means_for_a_retry(kind: problems.ProblemType) -> None:
    payload = Problem(kind, "Do this.").response("request-1").payload()
    document = json.loads(payload["body"])
    assert payload["headers"]["content-type"] == "application/problem+json"
    assert (payload["statusCode"], document["status"], document["type"]) == (kind.status, kind.status, kind.uri)
    assert (document["title"], document["detail"]) == (kind.title, "Do this.")
    assert document["instance"] == "urn:request:request-1"
    assert document["effect"] == ("none" if kind.no_effect else "unknown")
    assert ("www-authenticate" in payload["headers"]) == (kind.status == 401)


@pytest.mark.parametrize(("seconds", "header"), [(0.0, "1"), (0.2, "1"), (1, "1"), (4.2, "5")])
def test_retry_after_is_in_whole_seconds_and_never_none(seconds: float, header: str) -> None:
    answer = Problem(problems.UNAVAILABLE, "Wait.", retry_after_s=seconds).response("request-1")
    assert answer.headers["retry-after"] == header


def test_places_in_the_body() -> None:
    errors = [{"pointer": "/lines", "detail": "is empty"}]
    assert (Problem(problems.INVALID_REQUEST, "Look.", errors=errors).response("r").body or {})["errors"] == errors
