"""A workbench for the local cloud: real handlers in a temporary folder, real stack descriptions, real processes."""

import asyncio
import copy
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import uvloop

from harness.cloud.config import Config
from harness.cloud.functions import Functions
from harness.cloud.issuer import Issuer
from harness.cloud.local_cloud import LocalCloud
from harness.stack import Stack, parse

ROOT = Path(__file__).resolve().parents[3]
STACK = json.loads((ROOT / "terraform" / "stack.local.json").read_text())


@dataclass
class Answer:
    """A raw HTTP answer; header names in lower case, in order."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Workbench:
    """Functions and routes are added one by one; `cloud()` and `functions()` then run them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.issuer = Issuer("https://identity.orders.example/", "orders-api")
        self.description: dict[str, Any] = copy.deepcopy(STACK)
        self.description.update(functions={}, event_sources={}, queues={}, schedules={})
        self.description["api"]["routes"] = {}
        self.references: dict[str, str] = {}

    def function(self, name: str, code: str, **settings: Any) -> None:
        """Adds a function with the module `code`, and the stack's fields of a function in `settings`."""
        source = self.folder / "src" / name
        source.mkdir(parents=True)
        (source / "handler.py").write_text(dedent(code))
        self.description["functions"][name] = {
            "handler": "handler.handler",
            "runtime": "python3.12",
            "architecture": "x86_64",
            "memory_mb": 256,
            "timeout_s": 10,
            "reserved_concurrency": 4,
            "provisioned_concurrency": 0,
            "settings": {},
            "references": {},
            **settings,
        }

    def route(self, key: str, function: str, **settings: Any) -> None:
        """Adds a route, open unless `settings` says otherwise."""
        self.description["api"]["routes"][key] = {"function": function, "authorization": "none", **settings}

    def in_functions(self, scenario: Callable[[Functions], Coroutine[Any, Any, Any]], **settings: Any) -> Any:
        """Runs `scenario(functions)`, and ends them."""

        async def run() -> Any:
            functions = self.functions(**settings)
            try:
                return await scenario(functions)
            finally:
                functions.close()

        return self.run(run())

    def in_cloud(self, scenario: Callable[[LocalCloud], Coroutine[Any, Any, Any]], **settings: Any) -> Any:
        """Runs `scenario(cloud)` inside the cloud."""

        async def run() -> Any:
            async with self.cloud(**settings) as cloud:
                return await scenario(cloud)

        return self.run(run())

    @property
    def stack(self) -> Stack:
        return parse(self.description)

    def config(self, **settings: Any) -> Config:
        return Config(
            stack=self.stack,
            references=self.references,
            environment=settings.pop("environment", {}),
            code_folder=self.folder / "src",
            root=ROOT,
            log_folder=self.logs,
            jwks=self.issuer.jwks(),
            **settings,
        )

    def cloud(self, **settings: Any) -> LocalCloud:
        return LocalCloud(self.config(**settings))

    def functions(self, **settings: Any) -> Functions:
        """The functions alone. The caller closes them."""
        return Functions(
            self.stack,
            references=self.references,
            environment={},
            code_folder=self.folder / "src",
            root=ROOT,
            log_folder=self.logs,
            **settings,
        )

    def log(self, function: str) -> str:
        return (self.logs / f"function-{function}.log").read_text()

    @staticmethod
    def run(scenario: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine as the cloud runs: on uvloop, in the main thread."""
        return uvloop.run(scenario)


async def http(
    url: str, method: str = "GET", path: str = "/", headers: dict[str, str] | None = None, body: bytes = b""
) -> Answer:
    """One request on a connection of its own, byte for byte as given."""
    lines = [f"{method} {path} HTTP/1.1", "host: test", "connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method in ("POST", "PUT"):
        lines.append(f"content-length: {len(body)}")
    return await raw(url, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)


async def raw(url: str, request: bytes) -> Answer:
    """Sends bytes and reads one answer until the server closes."""
    host, _, port = url.partition("://")[2].partition("/")[0].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)]
    return Answer(int(first.split()[1]), headers, body)


def process_state(pid: int) -> str:
    """The state letter of /proc/PID/stat: R, S, T (stopped), Z, …"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def until(condition: Callable[[], object], limit_s: float = 10.0) -> None:
    """Waits until `condition()` is true."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)
