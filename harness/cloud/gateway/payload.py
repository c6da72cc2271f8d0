"""The event of an HTTP API, payload format 2.0 (API Gateway developer guide, "Lambda proxy integrations for HTTP
APIs").
"""

import base64
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from harness.cloud.gateway.authorizer import Grant
from harness.cloud.gateway.routes import Match
from harness.cloud.http_server import Exchange

# Connection-specific headers end at the gateway; cookies move to a field of their own.
_NOT_PASSED_ON = frozenset(
    (
        "connection",
        "cookie",
        "expect",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
# Bodies of these types arrive as text, all others as base64: what live AWS does, which its documentation does not list
# (ministack, `_v2_request_body_is_text`).
_TEXT_TYPES = frozenset(("application/json", "application/xml", "application/javascript"))


@dataclass(frozen=True, slots=True)
class ApiIdentity:
    """What every event of one API says about it."""

    account_id: str
    api_id: str
    region: str
    stage: str
    port: int

    @property
    def domain_name(self) -> str:
        """The API's own host name on AWS."""
        return f"{self.api_id}.execute-api.{self.region}.amazonaws.com"


def new_request_id() -> str:
    """As in `apigw-requestid`: 16 characters, the last one `=`."""
    return secrets.token_urlsafe(11) + "="


def event(
    exchange: Exchange,
    match: Match,
    identity: ApiIdentity,
    *,
    path: str,
    query: str,
    request_id: str,
    trace_id: str,
    grant: Grant | None,
    scopes: tuple[str, ...] = (),
    now: float | None = None,
) -> bytes:
    """The event as JSON. `path` and `query` are those of the request line; `scopes` the route's; `now` Unix time in
    seconds.
    """
    now = time.time() if now is None else now
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in exchange.headers:
        if name == "cookie":
            cookies.extend(cookie.strip() for cookie in value.split(";") if cookie.strip())
        elif name not in _NOT_PASSED_ON:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    body = exchange.body
    headers["content-length"] = str(len(body))
    headers["x-amzn-trace-id"] = trace_id.partition(";")[0]
    forwarded = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{forwarded}, {exchange.peer_host}" if forwarded else exchange.peer_host
    headers["x-forwarded-port"] = str(identity.port)
    headers["x-forwarded-proto"] = "http"
    context: dict[str, Any] = {
        "accountId": identity.account_id,
        "apiId": identity.api_id,
        "domainName": identity.domain_name,
        "domainPrefix": identity.api_id,
        "http": {
            "method": exchange.method,
            "path": path,
            "protocol": f"HTTP/{exchange.version}",
            "sourceIp": exchange.peer_host,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": match.route_key,
        "stage": identity.stage,
        "time": _clf_time(now),
        "timeEpoch": int(now * 1000),
    }
    if grant is not None:
        context["authorizer"] = {
            "jwt": {"claims": grant.claims, "scopes": [s for s in scopes if s in grant.scopes] if scopes else None}
        }
    result: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": dict(sorted(headers.items())),
        "requestContext": context,
        "isBase64Encoded": False,
    }
    # What is empty is absent and not null.
    if cookies:
        result["cookies"] = cookies
    if query:
        parameters = _query_parameters(query)
        if parameters:
            result["queryStringParameters"] = parameters
    if match.parameters:
        result["pathParameters"] = match.parameters
    if body:
        if _is_text(headers.get("content-type")):
            result["body"] = body.decode("utf-8", "replace")
        else:
            result["body"] = base64.b64encode(body).decode("ascii")
            result["isBase64Encoded"] = True
    return json.dumps(result, separators=(",", ":")).encode("ascii")


def _query_parameters(query: str) -> Mapping[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _is_text(content_type: str | None) -> bool:
    kind = (content_type or "").partition(";")[0].strip().lower()
    return kind in _TEXT_TYPES or kind.startswith("text/")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _clf_time(now: float) -> str:
    """`12/Mar/2020:19:03:58 +0000`, whatever the locale."""
    t = time.gmtime(now)
    return f"{t.tm_mday:02}/{_MONTHS[t.tm_mon - 1]}/{t.tm_year}:{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} +0000"
