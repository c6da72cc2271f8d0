"""Requests as the HTTP API gives them (payload format 2.0), with what our endpoints ask of them."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from contracts import messages, problems, schemas
from shared import strict_json
from shared.deadline import Context, Deadline
from shared.response import Problem

MAX_BODY_BYTES = 64 * 1024
# Time kept back for building the answer and for the gateway to take it.
ANSWER_MARGIN_S = 0.25

_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
# `sub` as identity providers form it: printable, without spaces. MySQL's comparison would take "a " for "a".
_USER_ID = re.compile(r"[!-~]{1,64}")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class Request:
    """One request. Header names are lower-case; a header sent twice has its values joined by commas."""

    route: str
    headers: Mapping[str, str]
    path: Mapping[str, str]
    query: str
    claims: Mapping[str, Any]
    raw_body: str
    is_base64: bool
    request_id: str
    traceparent: str
    deadline: Deadline

    @classmethod
    def of(cls, event: Mapping[str, Any], context: Context) -> "Request":
        """From the event. `body` and `pathParameters` are absent, not null, where there are none; both are accepted."""
        caller = event["requestContext"]
        headers: Mapping[str, str] = event.get("headers") or {}
        given = headers.get("traceparent", "")
        return cls(
            route=event["routeKey"],
            headers=headers,
            path=event.get("pathParameters") or {},
            query=event.get("rawQueryString") or "",
            claims=((caller.get("authorizer") or {}).get("jwt") or {}).get("claims") or {},
            raw_body=event.get("body") or "",
            is_base64=bool(event.get("isBase64Encoded")),
            request_id=context.aws_request_id,
            traceparent=given if _TRACEPARENT.fullmatch(given) else messages.new_traceparent(),
            deadline=Deadline.of(context, ANSWER_MARGIN_S),
        )

    def user_id(self) -> str:
        """Who asks: the token's `sub`, which the gateway has verified."""
        subject = self.claims.get("sub")
        if not isinstance(subject, str) or not _USER_ID.fullmatch(subject):
            raise Problem(
                problems.UNAUTHENTICATED,
                "Send a bearer token whose claim sub is 1 to 64 printable ASCII characters without spaces.",
            )
        return subject

    def idempotency_key(self) -> str:
        """The key under which a retry is recognised."""
        key = self.headers.get("idempotency-key", "")
        if not _KEY.fullmatch(key):
            raise Problem(
                problems.MISSING_KEY,
                "Send Idempotency-Key as 1 to 64 characters from A-Z a-z 0-9 _ . : - and the same one on retries.",
            )
        return key

    def json(self, schema: str) -> Any:
        """The body, checked against the schema of this name."""
        media_type, _, parameters = self.headers.get("content-type", "").partition(";")
        charset = parameters.strip().lower().removeprefix("charset=").strip('"')
        if media_type.strip().lower() != "application/json" or charset not in ("", "utf-8"):
            raise Problem(problems.UNSUPPORTED_MEDIA, "Send the body as Content-Type: application/json, in UTF-8.")
        try:
            value = strict_json.parse(self._body())
        except strict_json.InvalidJson as error:
            raise Problem(problems.INVALID_JSON, f"The body cannot be read as JSON: {error}.") from None
        try:
            schemas.validate(schema, value)
        except schemas.SchemaViolation as error:
            raise invalid({error.pointer: error.detail}) from None
        return value

    def parameter(self, name: str) -> str | None:
        """A query parameter; None where it is absent."""
        values = [value for key, value in parse_qsl(self.query, keep_blank_values=True) if key == name]
        if len(values) > 1:
            raise Problem(problems.INVALID_PARAMETER, f"Send the query parameter {name} once, not {len(values)} times.")
        return values[0] if values else None

    def _body(self) -> bytes:
        if len(self.raw_body) <= 2 * MAX_BODY_BYTES:
            try:
                body = base64.b64decode(self.raw_body, validate=True) if self.is_base64 else self.raw_body.encode()
            except (binascii.Error, UnicodeEncodeError):
                raise Problem(problems.INVALID_JSON, "The body cannot be read as UTF-8 text.") from None
            if len(body) <= MAX_BODY_BYTES:
                return body
        raise Problem(problems.TOO_LARGE, f"Send at most {MAX_BODY_BYTES} bytes.")


def invalid(errors: Mapping[str, str]) -> Problem:
    """The refusal of a body that can be read but breaks the rules: {JSON pointer: what is wrong there}."""
    return Problem(
        problems.INVALID_REQUEST,
        "; ".join(f"{pointer or '/'}: {detail}" for pointer, detail in errors.items()) + ".",
        errors=[{"pointer": pointer, "detail": detail} for pointer, detail in errors.items()],
    )
