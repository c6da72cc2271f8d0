"""The HTTP API: from a request to a function and back."""

import asyncio
import hashlib
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from harness.cloud import answers
from harness.cloud.errors import ConfigError, InvokeError, RequestTooLarge, TooManyRequests
from harness.cloud.functions import ACCOUNT_ID, Functions, new_trace_id
from harness.cloud.gateway import cors, payload, response
from harness.cloud.gateway.authorizer import Authorizer, Grant, Refused
from harness.cloud.gateway.routes import Match, Routes
from harness.cloud.gateway.throttle import TokenBucket
from harness.cloud.http_server import Exchange, HttpServer, Limits
from harness.cloud.stats import GatewayStats
from harness.stack import Route, Stack


class Gateway:
    """One API and stage, as the stack describes them, on a listener of its own."""

    def __init__(self, stack: Stack, functions: Functions, jwks: Mapping[str, Any]) -> None:
        """Raises ConfigError for a route key that is none, InvalidKey for a bad key in `jwks`."""
        api = stack.api
        self.stats = GatewayStats()
        self._stack = stack
        self._api = api
        self._functions = functions
        try:
            self._routes = Routes(api.routes)
        except ValueError as error:
            raise ConfigError(f"api.routes: {error}") from None
        self._authorizer = Authorizer(jwks, api.jwt.issuer, api.jwt.audience)
        stage_bucket = TokenBucket(api.throttle.rate_per_s, api.throttle.burst)
        self._buckets = {
            key: TokenBucket(route.throttle.rate_per_s, route.throttle.burst) if route.throttle else stage_bucket
            for key, route in api.routes.items()
        }
        self._prefix = "" if api.stage == "$default" else f"/{api.stage}"
        self._server = HttpServer(self._serve, Limits(answers.MAX_HEAD_BYTES, answers.MAX_BODY_BYTES))
        self._identity = payload.ApiIdentity(ACCOUNT_ID, _api_id(api.name), stack.region, api.stage, 0)
        self._running: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The stage's invoke URL."""
        return self._server.url + self._prefix

    async def start(self, host: str, port: int) -> None:
        """Binds. Raises OSError where the address is taken."""
        await self._server.start(host, port)
        self._identity = payload.ApiIdentity(
            ACCOUNT_ID, self._identity.api_id, self._stack.region, self._api.stage, self._server.port
        )

    def close(self) -> None:
        """Stops listening and cuts what is open."""
        self._server.close()
        for task in list(self._running):
            task.cancel()

    def _serve(self, exchange: Exchange) -> None:
        """Everything before the integration; it needs no task of its own."""
        request_id = payload.new_request_id()
        if exchange.reason is not None:
            self._refuse(exchange, _SERVER_REFUSALS[exchange.reason], request_id)
            return
        path, _, query = exchange.target.decode("latin-1").partition("?")
        path = _decoded(path)
        if self._api.cors is not None and cors.is_preflight(exchange):
            self._send(exchange, 204, cors.preflight_headers(self._api.cors, exchange), b"", request_id)
            return
        match = self._match(exchange.method, path)
        if match is None:
            self._refuse(exchange, answers.NOT_FOUND, request_id)
            return
        if not self._buckets[match.route_key].take():
            self.stats.throttled += 1
            self._refuse(exchange, answers.TOO_MANY_REQUESTS, request_id)
            return
        route = self._api.routes[match.route_key]
        grant: Grant | None = None
        if route.authorization == "jwt":
            try:
                grant = self._authorizer.authorize(exchange.header("authorization"), route.scopes)
            except Refused as refused:
                self._refuse(exchange, refused.refusal, request_id, ("www-authenticate", refused.challenge))
                return
        trace_id = new_trace_id()
        event = payload.event(
            exchange,
            match,
            self._identity,
            path=path,
            query=query,
            request_id=request_id,
            trace_id=trace_id,
            grant=grant,
            scopes=route.scopes,
        )
        task = asyncio.get_running_loop().create_task(self._integrate(exchange, route, event, request_id, trace_id))
        # The loop itself keeps weak references only.
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _match(self, method: str, path: str) -> Match | None:
        if not self._prefix:
            return self._routes.find(method, path)
        if path == self._prefix or path.startswith(self._prefix + "/"):
            return self._routes.find(method, path[len(self._prefix) :] or "/")
        return None

    async def _integrate(self, exchange: Exchange, route: Route, event: bytes, request_id: str, trace_id: str) -> None:
        """Invokes the function. After the integration timeout the client gets its answer; the function runs on, as
        on AWS.
        """
        timer = asyncio.get_running_loop().call_later(
            self._api.integration_timeout_s, self._time_out, exchange, request_id
        )
        try:
            result = await self._functions[route.function].invoke(event, trace_id=trace_id)
        except TooManyRequests:
            self._refuse(exchange, answers.FUNCTION_THROTTLED, request_id)
            return
        except RequestTooLarge:
            self._refuse(exchange, answers.REQUEST_TOO_LARGE, request_id)
            return
        except InvokeError as error:
            print(f"gateway: {error}", file=sys.stderr)
            self._refuse(exchange, answers.INTEGRATION_FAILED, request_id)
            return
        finally:
            timer.cancel()
        if exchange.answered:
            return
        if result.error:
            self._refuse(exchange, answers.INTEGRATION_FAILED, request_id)
            return
        try:
            answer = response.parse(result.payload)
        except response.Malformed as error:
            print(f"gateway: {route.function}: malformed result: {error}", file=sys.stderr)
            self._refuse(exchange, answers.INTEGRATION_FAILED, request_id)
            return
        self._send(exchange, answer.status, answer.headers, answer.body, request_id)

    def _time_out(self, exchange: Exchange, request_id: str) -> None:
        self.stats.timed_out += 1
        self._refuse(exchange, answers.INTEGRATION_TIMED_OUT, request_id)

    def _refuse(self, exchange: Exchange, refusal: answers.Refusal, request_id: str, *headers: tuple[str, str]) -> None:
        self._send(exchange, refusal.status, [("content-type", answers.JSON), *headers], refusal.body, request_id)

    def _send(
        self, exchange: Exchange, status: int, headers: list[tuple[str, str]], body: bytes, request_id: str
    ) -> None:
        self.stats.statuses[status] += 1
        if self._api.cors is not None and status != 204:
            headers = cors.apply(self._api.cors, exchange, headers)
        headers.append(("apigw-requestid", request_id))
        exchange.reply(status, headers, body)


_SERVER_REFUSALS = {400: answers.BAD_REQUEST, 413: answers.REQUEST_TOO_LARGE, 431: answers.HEAD_TOO_LARGE}


def _decoded(path: str) -> str:
    """The path that HTTP APIs match and put into `rawPath`: url-decoded, whatever the field's name says (live
    captures in hotsock/voker#8; aws-lambda-dotnet#1901). A target in absolute form (`http://host/path`) counts
    as its path.
    """
    if path.startswith(("http://", "https://")):
        path = "/" + path.partition("://")[2].partition("/")[2]
    return unquote(path) if "%" in path else path


def _api_id(name: str) -> str:
    """Ten characters, as AWS's, always the same for one name."""
    return hashlib.sha256(name.encode()).hexdigest()[:10]
