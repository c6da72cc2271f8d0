"""A function's result as an HTTP answer, payload format 2.0 (same page as payload.py, "Lambda function response
format").

Where AWS does other than it says, we do what it does, as AWS's own test tool for .NET recorded it
(aws-lambda-dotnet, `InvokeResponseExtensions`): whatever has no `statusCode` is the body, byte for byte, JSON or not.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from harness.cloud import answers

# The gateway writes these itself.
_OWN_HEADERS = frozenset(
    (
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
        "apigw-requestid",
    )
)


class Malformed(Exception):
    """The result is not of the form that API Gateway understands. It answers 500; the message is for the function's
    log.
    """


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers in order (names in lower case), body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def parse(payload: bytes) -> Answer:
    """The answer in a function's result. Raises Malformed."""
    try:
        result = json.loads(payload)
    except ValueError:
        result = None
    if not isinstance(result, dict) or "statusCode" not in result:
        return Answer(200, [("content-type", answers.JSON)], payload)
    headers = [("set-cookie", _text(cookie, "cookies")) for cookie in _list(result.get("cookies"), "cookies")]
    typed = False
    for name, value in _mapping(result.get("headers"), "headers").items():
        lower = _text(name, "headers").lower()
        typed = typed or lower == "content-type"
        if lower not in _OWN_HEADERS:
            headers.append((lower, _text(value, f"headers.{name}")))
    body = _body(result.get("body"), result.get("isBase64Encoded"))
    if not typed:
        headers.append(("content-type", answers.DEFAULT_CONTENT_TYPE))
    return Answer(_status(result["statusCode"]), headers, body)


def _status(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 200 <= value <= 599:
        raise Malformed(f"statusCode must be a whole number from 200 to 599, is {value!r}")
    return value


def _body(value: Any, encoded: Any) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str):
        raise Malformed(f"body must be a string, is {type(value).__name__}; json.dumps it")
    if encoded is not True:
        return value.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("isBase64Encoded is true and body is not base64") from None


def _text(value: Any, place: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise Malformed(f"{place}: must be a string, is {type(value).__name__}")
    if "\r" in value or "\n" in value or "\0" in value:
        raise Malformed(f"{place}: a header cannot hold a line break")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise Malformed(f"{place}: a header holds Latin-1 characters only") from None
    return value


def _list(value: Any, place: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{place}: must be a list")
    return value


def _mapping(value: Any, place: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{place}: must be an object")
    return value
