"""A small real HTTP server, and an ordering API on it that keeps the contract: what the traffic is tested against."""

import asyncio
import json
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from contracts import identity, problems, schemas
from contracts.problems import ProblemType

RESET, HANG, CUT = "reset", "hang", "cut"


@dataclass
class Call:
    """One request that has come in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


@dataclass
class Reply:
    """What to answer: an HTTP answer after `delay_s`, or a `fault` instead: reset, hang, or cut within the body."""

    status: int = 200
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    fault: str | None = None

    @staticmethod
    def problem(problem: ProblemType, **headers: str) -> "Reply":
        value = {"type": problem.uri, "title": problem.title, "status": problem.status}
        return Reply(problem.status, value, {"content-type": problems.MEDIA_TYPE, **headers})


Handler = Callable[[Call], Reply]


class Server:
    """Serves `handler` on a loopback port, in a thread of its own; `calls` are the requests so far."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.calls: list[Call] = []
        self.connections = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)

    def __enter__(self) -> "Server":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, limit=1 << 20)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._stopped.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path, _, query = target.partition("?")
        call = Call(method, path, dict(part.split("=") for part in query.split("&") if part), headers, body)
        self.calls.append(call)
        reply = self.handler(call)
        await asyncio.sleep(reply.delay_s)
        if reply.fault == RESET:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        if reply.fault == HANG:
            await asyncio.sleep(3600)
        content = b"" if reply.value is None else json.dumps(reply.value).encode()
        headers = {"content-type": "application/json", "content-length": str(len(content)), **reply.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        data = f"HTTP/1.1 {reply.status} Reason\r\n{lines}\r\n".encode() + content
        writer.write(data[:-5] if reply.fault == CUT else data)
        await writer.drain()
        return reply.fault != CUT


class Shop:
    """The ordering API in memory. An order is known to reads `processing_s` after it was placed."""

    def __init__(self) -> None:
        self.processing_s = 0.0
        self.orders: dict[str, dict[str, Any]] = {}
        self.users: dict[str, tuple[str, str]] = {}
        self.placed: dict[str, int] = defaultdict(int)
        self._faults: list[tuple[Callable[[Call], bool], list[Reply]]] = []

    def fail(
        self, when: Callable[[Call], bool], *, times: int = 1_000_000, problem: ProblemType | None = None, **how: Any
    ) -> None:
        """The next `times` requests for which `when` holds get this answer: a problem, or the fields of Reply."""
        reply = Reply.problem(problem, **how) if problem else Reply(**how)
        self._faults.append((when, [reply] * times))

    def __call__(self, call: Call) -> Reply:
        for when, replies in self._faults:
            if replies and when(call):
                return replies.pop()
        return self._route(call)

    def _route(self, call: Call) -> Reply:
        if call.path == "/v1/health":
            return Reply(200, {"status": "ok"})
        user = call.headers.get("authorization", "").removeprefix("Bearer ")
        if not user or user.startswith("expired"):
            return Reply(401, {"message": "Unauthorized"})
        match call.method, call.path.removeprefix("/v1/").split("/"):
            case "POST", ["orders"]:
                return self._place(call, user)
            case "POST", ["orders", order, "cancel"]:
                return self._cancel(user, order)
            case "GET", ["orders", order]:
                return self._read(call, user, order)
            case "GET", ["users", _, "orders"]:
                return self._list(call, user)
            case "POST", ["users"]:
                return self._register(call, user)
            case "GET", ["products", *_]:
                return Reply(200, {"products": []})
            case "POST", ["quotes"]:
                return Reply(200, {"total_cents": 1})
        return Reply(404, {"message": "Not Found"})

    def _place(self, call: Call, user: str) -> Reply:
        if len(call.body) > 256 * 1024:
            return Reply.problem(problems.TOO_LARGE)
        if "idempotency-key" not in call.headers:
            return Reply.problem(problems.MISSING_KEY)
        try:
            body = json.loads(call.body)
            schemas.validate("order.request", body)
        except ValueError:
            return Reply.problem(problems.INVALID_JSON)
        except schemas.SchemaViolation:
            return Reply.problem(problems.INVALID_REQUEST)
        if len({line["sku"] for line in body["lines"]}) < len(body["lines"]):
            return Reply.problem(problems.INVALID_REQUEST)
        order_id = identity.order_id(user, call.headers["idempotency-key"])
        self.placed[order_id] += 1
        self.orders.setdefault(order_id, self._order(order_id, user, "CONFIRMED"))
        return Reply(202, {"order_id": order_id}, {"location": f"/v1/orders/{order_id}"})

    def _order(self, order_id: str, user: str, status: str) -> dict[str, Any]:
        now = time.monotonic()
        return {"order_id": order_id, "user_id": user, "status": status, "version": 1, "created_at": f"{now:020.9f}"}

    def _cancel(self, user: str, order_id: str) -> Reply:
        if not identity.owns(user, order_id):
            return Reply.problem(problems.NOT_FOUND)
        order = self.orders.setdefault(order_id, self._order(order_id, user, "CANCELLED"))
        if order["status"] != "CANCELLED":
            order["status"], order["version"] = "CANCELLED", order["version"] + 1
        return Reply(202, {"order_id": order_id})

    def _known(self, order: dict[str, Any]) -> bool:
        return float(order["created_at"]) + self.processing_s <= time.monotonic()

    def _read(self, call: Call, user: str, order_id: str) -> Reply:
        if not identity.owns(user, order_id):
            return Reply.problem(problems.NOT_FOUND)
        order = self.orders.get(order_id)
        if order is None or not self._known(order):
            return Reply.problem(problems.NOT_YET_KNOWN, **{"retry-after": "1"})
        etag = f'"{order["version"]}"'
        if call.headers.get("if-none-match") == etag:
            return Reply(304, None, {"etag": etag})
        return Reply(200, order, {"etag": etag})

    def _list(self, call: Call, user: str) -> Reply:
        mine = [order for order in self.orders.values() if order["user_id"] == user and self._known(order)]
        mine.sort(key=lambda order: (order["created_at"], order["order_id"]), reverse=True)
        if "cursor" in call.query:
            created, order_id = call.query["cursor"].split("~")
            mine = [order for order in mine if (order["created_at"], order["order_id"]) < (created, order_id)]
        limit = int(call.query["limit"])
        page, rest = mine[:limit], mine[limit:]
        cursor = f"{page[-1]['created_at']}~{page[-1]['order_id']}" if rest else None
        return Reply(200, {"orders": page, "next_cursor": cursor})

    def _register(self, call: Call, user: str) -> Reply:
        known = self.users.setdefault(user, (call.headers["idempotency-key"], call.body.decode()))
        if known[0] != call.headers["idempotency-key"]:
            return Reply.problem(problems.USER_EXISTS)
        return Reply(201, {"user_id": user}) if known[1] == call.body.decode() else Reply.problem(problems.KEY_REUSED)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def server(shop: Shop) -> Iterator[Server]:
    with Server(shop) as running:
        yield running
