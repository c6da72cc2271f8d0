"""From route keys to endpoints, and from what went wrong to problem documents."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from contracts import problems
from shared import logs
from shared.deadline import Context
from shared.errors import NotAccepted, OutcomeUnknown, Unavailable
from shared.request import Request
from shared.response import Problem, Response

logger = logging.getLogger(__name__)

Endpoint = Callable[[Request], Response]


class Router:
    """The handler of a function on HTTP: `routes` maps route keys (`GET /v1/orders/{id}`) to endpoints.

    What nobody expects is raised on: Lambda reports the error, and the gateway answers its own 500.
    """

    def __init__(self, routes: Mapping[str, Endpoint]) -> None:
        self._routes = routes

    def __call__(self, event: Mapping[str, Any], context: Context) -> dict[str, Any]:
        started = time.monotonic()
        request = Request.of(event, context)
        logs.begin(request.request_id, request.traceparent)
        line: dict[str, Any] = {"route": request.route}
        try:
            response = self._endpoint(request)(request)
        except (Problem, Unavailable, NotAccepted, OutcomeUnknown) as error:
            problem = error if isinstance(error, Problem) else _refusal(error)
            response = problem.response(request.request_id)
            line["problem"] = problem.kind.slug
            if not isinstance(error, Problem):
                line["cause"] = str(error)
        line["status"] = response.status
        line["duration_ms"] = round((time.monotonic() - started) * 1000, 1)
        logger.log(logging.WARNING if response.status >= 500 else logging.INFO, "request", extra=logs.fields(**line))
        return response.payload()

    def _endpoint(self, request: Request) -> Endpoint:
        endpoint = self._routes.get(request.route)
        if endpoint is None:
            raise Problem(problems.NOT_FOUND, "There is no such endpoint.")
        return endpoint


def _refusal(error: Exception) -> Problem:
    if isinstance(error, Unavailable):
        detail = f"{error.dependency} is away. Send the request again."
        return Problem(problems.UNAVAILABLE, detail, retry_after_s=error.retry_after_s)
    if isinstance(error, NotAccepted):
        return Problem(problems.NOT_ACCEPTED, "Send the request again.", retry_after_s=1)
    return Problem(
        problems.OUTCOME_UNKNOWN,
        "It may have been done. Send it again with the same Idempotency-Key: it takes effect once.",
        retry_after_s=1,
    )
