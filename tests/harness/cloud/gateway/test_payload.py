"""Events of payload format 2.0, whole."""

import json
from typing import Any

import pytest

from harness.cloud.gateway.authorizer import Grant
from harness.cloud.gateway.payload import ApiIdentity, event, new_request_id
from harness.cloud.gateway.routes import Match
from harness.cloud.http_server import Exchange

IDENTITY = ApiIdentity("123456789012", "api123", "eu-central-1", "$default", 8080)
NOW = 1583348638.39


class Connection:
    """As much of a connection as an event needs."""

    peer_host = "192.0.2.1"
    closed = False


def exchange(method: str = "GET", headers: list[tuple[str, str]] | None = None, body: bytes = b"") -> Exchange:
    request = Exchange(Connection())  # type: ignore[arg-type]
    request.method = method
    request.headers = headers or []
    request.body = body
    return request


def built(request: Exchange, **settings: Any) -> dict[str, Any]:
    match = settings.pop("match", Match("GET /a", {}))
    arguments: dict[str, Any] = {
        "path": "/a",
        "query": "",
        "request_id": "JKJaXmPLvHcESHA=",
        "trace_id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e;Parent=1;Sampled=0",
        "grant": None,
        "now": NOW,
        **settings,
    }
    value: dict[str, Any] = json.loads(event(request, match, IDENTITY, **arguments))
    return value


def test_the_whole_event() -> None:
    request = exchange(
        "POST",
        [
            ("host", "orders.example"),
            ("content-type", "application/json; charset=utf-8"),
            ("content-length", "15"),
            ("user-agent", "agent"),
            ("x-twice", "a"),
            ("x-twice", "b"),
            ("cookie", "s=1; t=2"),
            ("cookie", "u=3"),
            ("connection", "keep-alive"),
            ("x-forwarded-for", "198.51.100.7"),
        ],
        '{"name":"Mü"}'.encode(),
    )
    grant = Grant({"sub": "user-1", "exp": "1583352238"}, frozenset({"orders", "other"}), 0, NOW + 60)
    value = built(
        request,
        match=Match("POST /v1/orders/{id}", {"id": "a b"}),
        path="/v1/orders/a b",
        query="p=1&p=2&q=%C3%BC+x&empty=&flag",
        grant=grant,
        scopes=("orders", "absent"),
    )
    assert value == {
        "version": "2.0",
        "routeKey": "POST /v1/orders/{id}",
        "rawPath": "/v1/orders/a b",
        "rawQueryString": "p=1&p=2&q=%C3%BC+x&empty=&flag",
        "cookies": ["s=1", "t=2", "u=3"],
        "headers": {
            "content-length": "14",
            "content-type": "application/json; charset=utf-8",
            "host": "orders.example",
            "user-agent": "agent",
            "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
            "x-forwarded-for": "198.51.100.7, 192.0.2.1",
            "x-forwarded-port": "8080",
            "x-forwarded-proto": "http",
            "x-twice": "a,b",
        },
        "queryStringParameters": {"p": "1,2", "q": "ü x", "empty": "", "flag": ""},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api123",
            "authorizer": {
                "jwt": {"claims": {"sub": "user-1", "exp": "1583352238"}, "scopes": ["orders"]},
            },
            "domainName": "api123.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "api123",
            "http": {
                "method": "POST",
                "path": "/v1/orders/a b",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "POST /v1/orders/{id}",
            "stage": "$default",
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1583348638390,
        },
        "pathParameters": {"id": "a b"},
        "body": '{"name":"Mü"}',
        "isBase64Encoded": False,
    }


def test_what_is_empty_is_absent() -> None:
    value = built(exchange())
    assert set(value) == {
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    }
    assert "authorizer" not in value["requestContext"]
    assert value["rawQueryString"] == ""
    assert value["headers"]["content-length"] == "0"


def test_scopes_are_null_on_a_route_without_any() -> None:
    grant = Grant({"sub": "u"}, frozenset({"a"}), 0, 1)
    assert built(exchange(), grant=grant)["requestContext"]["authorizer"]["jwt"]["scopes"] is None


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("text/csv", True),
        ("application/xml", True),
        ("application/javascript", True),
        ("application/x-www-form-urlencoded", False),
        ("application/problem+json", False),
        ("image/png", False),
        (None, False),
    ],
)
def test_bodies_as_text_or_base64(content_type: str | None, text: bool) -> None:
    headers = [("content-type", content_type)] if content_type else []
    value = built(exchange("POST", headers, b"abc"))
    assert (value["body"], value["isBase64Encoded"]) == (("abc", False) if text else ("YWJj", True))


def test_request_ids_look_like_those_of_aws() -> None:
    ids = {new_request_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(value) == 16 and value.endswith("=") for value in ids)
