"""The HTTP server under the gateway and the Runtime API."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from harness.cloud.http_server import Exchange, HttpServer, Limits
from tests.harness.cloud.workbench import http, raw

LIMITS = Limits(head_bytes=1000, body_bytes=10_000)


@pytest.fixture(autouse=True)
def short_linger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.cloud.http_server.LINGER_S", 0.1)


def with_server(
    handler: Callable[[Exchange], None], scenario: Callable[[str], Coroutine[Any, Any, None]], limits: Limits = LIMITS
) -> None:
    async def run() -> None:
        server = HttpServer(handler, limits)
        await server.start()
        try:
            await scenario(server.url)
        finally:
            server.close()

    uvloop.run(run())


def echo(exchange: Exchange) -> None:
    if exchange.reason is not None:
        exchange.reply(exchange.reason, [], b"refused")
    else:
        exchange.reply(200, [("x-method", exchange.method)], exchange.target + b" " + exchange.body)


def test_answers_in_one_piece() -> None:
    async def scenario(url: str) -> None:
        answer = await http(url, "POST", "/a?b=c", body=b"hello")
        assert (answer.status, answer.body) == (200, b"/a?b=c hello")
        assert answer.header("content-length") == "12"
        assert (
            answer.header(
                "date",
            )
            is not None
        )
        assert answer.header("connection") == "close"

    with_server(echo, scenario)


def test_a_head_request_gets_no_body() -> None:
    async def scenario(url: str) -> None:
        answer = await http(url, "HEAD", "/a")
        assert (answer.body, answer.header("content-length")) == (b"", "3")

    with_server(echo, scenario)


def test_a_pipeline_is_answered_in_order() -> None:
    waiting: list[Exchange] = []

    async def scenario(url: str) -> None:
        requests = b"".join(
            b"GET /%d HTTP/1.1\r\nhost: t\r\n%s\r\n" % (i, b"connection: close\r\n" if i == 2 else b"")
            for i in range(3)
        )
        reading = asyncio.create_task(raw(url, requests))
        answered: list[bytes] = []
        while len(answered) < 3:
            await asyncio.sleep(0.005)
            assert len(waiting) <= 1, "the next request waits for the answer to the one before"
            if waiting:
                exchange = waiting.pop()
                answered.append(exchange.target)
                exchange.reply(200, [], exchange.target)
        assert answered == [b"/0", b"/1", b"/2"]
        await reading

    with_server(waiting.append, scenario)


def test_a_chunked_body() -> None:
    async def scenario(url: str) -> None:
        request = b"POST / HTTP/1.1\r\nhost: t\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
        answer = await raw(url, request + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert answer.body == b"/ abcde"

    with_server(echo, scenario)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: t\r\nx: " + b"a" * 1000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 1000 + b" HTTP/1.1\r\nhost: t\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nhost: t\r\nx: " + b"a" * 1_000_000, 431),
        (b"POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 10001\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 500000\r\n\r\n" + b"a" * 500_000, 413),
        (
            b"POST / HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n2af8\r\n"
            + b"a" * 11_000
            + b"\r\n0\r\n\r\n",
            413,
        ),
    ],
)
def test_refuses_and_the_client_hears_of_it(request_bytes: bytes, status: int) -> None:
    async def scenario(url: str) -> None:
        answer = await raw(url, request_bytes)
        assert (answer.status, answer.header("connection")) == (status, "close")

    with_server(echo, scenario)


def test_continues_a_body_that_it_will_take() -> None:
    async def scenario(url: str) -> None:
        head = "POST / HTTP/1.1\r\nhost: t\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n"
        host, _, port = url.partition("://")[2].partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.format(2).encode())
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ab")
        assert (await reader.read()).endswith(b"/ ab")
        writer.close()
        assert (await raw(url, head.format(20_000).encode())).status == 413

    with_server(echo, scenario)


def test_an_answer_to_a_client_that_left_is_dropped() -> None:
    waiting: list[Exchange] = []

    async def scenario(url: str) -> None:
        host, _, port = url.partition("://")[2].partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\nhost: t\r\n\r\n")
        while not waiting:
            await asyncio.sleep(0.001)
        writer.close()
        while waiting[0].open:
            await asyncio.sleep(0.001)
        waiting[0].reply(200, [], b"too late")

    with_server(waiting.append, scenario)
