"""The admin address: what the cloud counts, for the harness. Loopback only, no part of the stack's API."""

import json
from collections.abc import Callable
from typing import Any

from harness.cloud.http_server import Exchange, HttpServer

_JSON = [("content-type", "application/json")]


class Admin:
    """`GET /stats` gives the numbers of `stats`; `GET /health` answers as soon as the cloud runs."""

    def __init__(self, stats: Callable[[], dict[str, Any]]) -> None:
        self._stats = stats
        self._server = HttpServer(self._serve)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`."""
        return self._server.url

    async def start(self, port: int) -> None:
        """Binds on loopback. Raises OSError where the port is taken."""
        await self._server.start("127.0.0.1", port)

    def close(self) -> None:
        """Stops."""
        self._server.close()

    def _serve(self, exchange: Exchange) -> None:
        if exchange.reason is not None:
            exchange.reply(exchange.reason, _JSON, b"{}")
        elif exchange.method != "GET":
            exchange.reply(405, [*_JSON, ("allow", "GET")], b'{"message":"only GET"}')
        elif exchange.target == b"/stats":
            exchange.reply(200, _JSON, json.dumps(self._stats()).encode())
        elif exchange.target == b"/health":
            exchange.reply(200, _JSON, b'{"status":"ok"}')
        else:
            exchange.reply(404, _JSON, b'{"message":"there are /stats and /health"}')
