"""The local cloud: gateway, functions and event sources of one stack, in one process."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from harness.cloud.admin import Admin
from harness.cloud.config import Config
from harness.cloud.event_sources import EventSource, build
from harness.cloud.functions import Functions
from harness.cloud.gateway.server import Gateway


class LocalCloud:
    """An async context manager: everything runs inside, and nothing is left outside.

    Must run on the main thread: its processes die with the thread that started them.
    """

    def __init__(self, config: Config) -> None:
        """Raises ConfigError or InvalidKey. Starts nothing."""
        self._config = config
        self.functions = Functions(
            config.stack,
            references=config.references,
            environment=config.environment,
            code_folder=config.code_folder,
            root=config.root,
            log_folder=config.log_folder,
            freeze=config.freeze,
        )
        self.gateway = Gateway(config.stack, self.functions, config.jwks)
        self.event_sources: dict[str, EventSource] = {}
        if config.event_sources:
            self.event_sources = build(config, self.functions)
        self._admin = Admin(self.stats)
        self._expiry: asyncio.Task[None] | None = None

    @property
    def gateway_url(self) -> str:
        """The API's invoke URL."""
        return self.gateway.url

    @property
    def admin_url(self) -> str:
        """Where `GET /stats` is."""
        return self._admin.url

    async def __aenter__(self) -> Self:
        """Starts everything. Raises OSError where an address is taken."""
        try:
            await self.functions.provision()
            await self.gateway.start(self._config.gateway_host, self._config.gateway_port)
            await self._admin.start(self._config.admin_port)
        except BaseException:
            await self.close()
            raise
        for source in self.event_sources.values():
            source.start()
        if self._config.idle_expiry_s is not None:
            self._expiry = asyncio.create_task(self._expire(self._config.idle_expiry_s))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stops at once: no new requests, no new batches, and SIGKILL to the environments, which is how AWS ends
        them.
        """
        if self._expiry is not None:
            self._expiry.cancel()
        self.gateway.close()
        self._admin.close()
        await asyncio.gather(*(source.stop() for source in self.event_sources.values()))
        self.functions.close()

    def stats(self) -> dict[str, Any]:
        """What `GET /stats` serves."""
        return {
            "gateway": self.gateway.stats.as_dict(),
            "functions": self.functions.as_dict(),
            "event_sources": {name: source.stats.as_dict() for name, source in self.event_sources.items()},
        }

    async def _expire(self, idle_s: float) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(min(idle_s / 4, 5.0))
                self.functions.expire(idle_s)
