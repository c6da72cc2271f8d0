import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from contracts import problems

Make = Callable[..., Any]
BODY = {"lines": [{"sku": "SKU-0001", "quantity": 2}, {"sku": "NONE", "quantity": 1}]}
QUOTE = {"lines": [], "total_cents": 672, "currency": "EUR"}


@pytest.fixture
def service() -> Iterator[Callable[[int, object], int]]:
    """A pricing service on a real socket that gives one answer; its port."""
    servers = []

    def make(status: int, body: object) -> int:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return servers[-1].server_port

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def ask(load: Make, event: Make, context: Make) -> Callable[..., Any]:
    def asked(port: int, **options: Any) -> Any:
        handler = load("quotes", PRICING_URL=f"http://127.0.0.1:{port}", PRICING_DEADLINE_S="1.0").handler
        return handler(event("POST /v1/quotes", **{"body": BODY, **options}), context())

    return asked


def problem(payload: dict[str, Any]) -> problems.ProblemType:
    return problems.TYPES[json.loads(payload["body"])["type"]]


def test_a_quote(ask: Make, service: Make) -> None:
    payload = ask(service(200, QUOTE))
    assert (payload["statusCode"], json.loads(payload["body"])) == (200, QUOTE)


def test_an_article_that_is_not_sold_is_pointed_at(ask: Make, service: Make) -> None:
    payload = ask(service(404, {"type": "x", "skus": ["NONE"]}))
    assert problem(payload) is problems.INVALID_REQUEST
    assert [error["pointer"] for error in json.loads(payload["body"])["errors"]] == ["/lines/1/sku"]


@pytest.mark.parametrize("body", [{}, {"skus": None}, {"skus": ["OTHER"]}, {"skus": [["NONE"]]}])
def test_an_article_that_the_service_does_not_name(ask: Make, service: Make, body: object) -> None:
    assert problem(ask(service(404, body))) is problems.INVALID_REQUEST


@pytest.mark.parametrize("status", [400, 422, 500, 503])
def test_a_service_that_does_not_answer_the_question_is_away(ask: Make, service: Make, status: int) -> None:
    payload = ask(service(status, {}))
    assert problem(payload) is problems.UNAVAILABLE
    assert payload["headers"]["retry-after"] == "1"


def test_nobody_there(ask: Make, closed_port: int) -> None:
    payload = ask(closed_port)
    assert problem(payload) is problems.UNAVAILABLE
    assert payload["headers"]["retry-after"] == "1"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"user": None}, problems.UNAUTHENTICATED),
        ({"body": {"lines": BODY["lines"] * 2}}, problems.INVALID_REQUEST),
        ({"body": "{"}, problems.INVALID_JSON),
    ],
)
def test_a_bad_request_asks_nobody(ask: Make, closed_port: int, options: dict[str, Any], kind: object) -> None:
    assert problem(ask(closed_port, **options)) is kind
