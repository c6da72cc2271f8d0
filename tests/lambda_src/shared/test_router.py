import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from contracts import problems
from shared.errors import NotAccepted, OutcomeUnknown, Unavailable
from shared.request import Request
from shared.response import Problem, Response
from shared.router import Router

Make = Callable[..., Any]


def answer(event: Make, context: Make, endpoint: Callable[[Request], Response], route: str = "GET /x") -> Any:
    return Router({"GET /x": endpoint})(event(route), context())


@pytest.mark.parametrize("route", ["GET /y", "POST /x", "$default"])
def test_an_unknown_route_is_a_problem(event: Make, context: Make, route: str) -> None:
    payload = answer(event, context, lambda _: Response(200), route)
    assert payload["statusCode"] == 404
    assert json.loads(payload["body"])["type"] == problems.NOT_FOUND.uri


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Problem(problems.TOO_LARGE, "Less."), problems.TOO_LARGE),
        (Unavailable("MySQL", "OperationalError 2003", 3.5), problems.UNAVAILABLE),
        (NotAccepted("nobody"), problems.NOT_ACCEPTED),
        (OutcomeUnknown("somebody"), problems.OUTCOME_UNKNOWN),
    ],
)
def test_what_went_wrong_becomes_a_problem(
    event: Make, context: Make, error: Exception, kind: problems.ProblemType, caplog: pytest.LogCaptureFixture
) -> None:
    def endpoint(_: Request) -> Response:
        raise error

    with caplog.at_level(logging.INFO):
        payload = answer(event, context, endpoint)
    document = json.loads(payload["body"])
    assert (payload["statusCode"], document["type"]) == (kind.status, kind.uri)
    assert ("retry-after" in payload["headers"]) == (kind.status == 503)
    [line] = [record.__dict__["fields"] for record in caplog.records if record.name == "shared.router"]
    assert (line["status"], line["problem"]) == (kind.status, kind.slug)
    assert "OperationalError" not in payload["body"]


def test_a_defect_is_raised_on(event: Make, context: Make) -> None:
    def endpoint(_: Request) -> Response:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer(event, context, endpoint)
