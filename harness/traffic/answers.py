"""What an answer means: acknowledged, refused or neither, and whether it is one that the API may give."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contracts import problems
from harness.traffic import actions
from harness.traffic.actions import ACTIONS
from harness.traffic.requests import Request

Kind = Literal["ok", "fail", "info"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over the wire; `headers` in lower case. With an `error` the answer is missing or was cut off."""

    status: int | None = None
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    error: str | None = None

    def header(self, name: str) -> str | None:
        """A header's value; `name` in lower case."""
        return self.headers.get(name) if self.headers else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reply says. `value` is the JSON of its body, None where there is none."""

    kind: Kind
    status: int | None
    value: Any = None
    problem: str | None = None
    order_id: str | None = None
    order_status: str | None = None
    version: int | None = None
    error: str | None = None
    unexpected: str | None = None


def understand(request: Request, reply: Reply) -> Answer:
    """Judges a reply. A broken connection is never a refusal: what the server did with the request is unknown."""
    if reply.error is not None or reply.status is None:
        return Answer("info", reply.status, error=reply.error or "no answer")
    status = reply.status
    value = _json(reply)
    problem = _problem(reply, value)
    known = problems.TYPES.get(problems.PREFIX + problem) if problem else None
    kind: Kind = "info"
    if 200 <= status < 300 or status == 304:
        kind = "ok"
    elif known.no_effect if known else 400 <= status < 500:
        kind = "fail"
    unexpected = _unexpected(request, status, problem, known)
    version = order_id = order_status = None
    if kind == "ok" and unexpected is None:
        try:
            order_id, version, order_status = _content(request, reply, value)
        except _Broken as error:
            unexpected = str(error)
    return Answer(kind, status, value, problem, order_id, order_status, version, unexpected=unexpected)


class _Broken(Exception):
    """The content of a 2xx is not what the contract promises."""


def _json(reply: Reply) -> Any:
    if "json" not in (reply.header("content-type") or ""):
        return None
    try:
        return json.loads(reply.body)
    except ValueError:
        return None


def _problem(reply: Reply, value: Any) -> str | None:
    """The problem's type, without our prefix; None where the answer is no problem document."""
    if not (reply.header("content-type") or "").startswith(problems.MEDIA_TYPE):
        return None
    type_ = value.get("type") if isinstance(value, dict) else None
    return type_.removeprefix(problems.PREFIX) if isinstance(type_, str) else "unreadable"


def _unexpected(request: Request, status: int, problem: str | None, known: problems.ProblemType | None) -> str | None:
    """How the status and problem break the contract; None where they keep it."""
    if problem is not None and known is None:
        return f"{status} with the unknown problem {problem!r}"
    if known is not None and known.status != status:
        return f"problem {problem} with status {status}, its status is {known.status}"
    if status == 429 or status >= 500:
        return None
    answers = ACTIONS[request.action].answers
    if status not in answers:
        return f"{request.action} answered {status}, allowed are {', '.join(map(str, answers))}"
    wanted = answers[status]
    if known is not wanted:
        due = wanted.slug if wanted else "none"
        return f"{request.action} answered {status} with {problem or 'no problem'}, due is {due}"
    return None


def _content(request: Request, reply: Reply, value: Any) -> tuple[str | None, int | None, str | None]:
    """(order_id, version, status) of what a 2xx or 304 tells. Raises _Broken."""
    if reply.status == 304:
        if "if-none-match" not in request.headers:
            raise _Broken("304 to a request without If-None-Match")
        return request.order_id, etag_version(request.headers["if-none-match"]), None
    if request.action == "health":
        return None, None, None
    if not isinstance(value, dict):
        raise _Broken(f"{reply.status} without a JSON object")
    if request.action == "create_user":
        return None, None, None
    if request.route in (actions.PLACE, actions.CANCEL):
        if value.get("order_id") != request.order_id:
            raise _Broken(f"order_id is {value.get('order_id')!r}, due is {request.order_id!r}")
        location = reply.header("location") or ""
        if request.route == actions.PLACE and not location.endswith(f"/v1/orders/{request.order_id}"):
            raise _Broken(f"Location is {location!r}, due is that of order {request.order_id}")
        return request.order_id, None, None
    if request.route == actions.READ:
        version, status = value.get("version"), value.get("status")
        if value.get("order_id") != request.order_id or type(version) is not int or not isinstance(status, str):
            raise _Broken("the order has not the order_id that was asked for, a version and a status")
        if etag_version(reply.header("etag")) != version:
            raise _Broken(f"ETag {reply.header('etag')!r} is not version {version}")
        return request.order_id, version, status
    return None, None, None


def etag_version(etag: str | None) -> int | None:
    """The version that an order's ETag carries; None where it carries none."""
    text = (etag or "").removeprefix("W/").strip('"')
    return int(text) if text.isascii() and text.isdigit() else None


def retry_after_s(reply: Reply) -> float | None:
    """Seconds that Retry-After asks for; None where there is none, or a date, which our API does not send."""
    text = reply.header("retry-after") or ""
    return float(text) if text.isascii() and text.isdigit() else None


def retriable(answer: Answer) -> bool:
    """Whether a sensible client tries again: the connection broke, the server was too busy or failed."""
    return answer.error is not None or answer.status in (429, 500, 502, 503, 504)
