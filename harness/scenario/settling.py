"""Waits until what a run has asked of a stage that others use too has come to rest."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from contracts import identity
from harness import history
from harness.checks import (
    Backlog,
    DocumentFacts,
    Order,
    Own,
    Quiescence,
    intents,
    lag,
    order_shown,
    read_documents,
    read_outbox,
    settled,
)
from harness.history import Operation
from harness.scenario.api import UNANSWERED, Api
from harness.scenario.errors import TargetError
from harness.scenario.evidence import UNREADABLE
from harness.scenario.target import Target
from harness.scenario.tokens import TokenCommand
from harness.services import handshakes
from harness.services.endpoints import Documents

READ_LIMIT_S = 60.0
"""Seconds that a store has for an answer."""

_POLL_S = 0.5
_READERS = 4


class Settling:
    """Watches what this run asked for: orders by the API, and their effects where the stores can be read.

    It asks no faster than `rate_per_s`, which somebody has agreed to. Others' messages make that no queue is ever
    empty. So at rest is a run whose acknowledged commands can all be seen by their users, whose events are published,
    and whose documents and notifications are there.
    """

    def __init__(self, target: Target, api: Api, tokens: TokenCommand, records: Path, rate_per_s: float) -> None:
        self._target, self._api, self._tokens, self._records = target, api, tokens, records
        self._pause_s = 1 / rate_per_s
        self._commands: Sequence[Operation] = ()
        self.own = Own(frozenset(), frozenset())
        self.messages: frozenset[str] = frozenset()
        self.shown: dict[str, Order] = {}

    def sample(self) -> Backlog:
        """See Watch. Nothing, while the traffic goes on: looks would be load of their own."""
        return Backlog({})

    def wait(self, limit_s: float, *, progress: Callable[[Backlog], None] | None = None) -> Quiescence:
        """See Watch. Every order is asked for at least once, however long that takes."""
        self._take_in(history.fold(history.read(self._records)))
        begin_s = time.monotonic()
        while True:
            look_s = time.monotonic()
            backlog = self._look()
            if progress is not None:
                progress(backlog)
            if backlog.empty:
                return Quiescence(True, look_s, backlog)
            if time.monotonic() - begin_s >= limit_s:
                return Quiescence(False, None, backlog)
            time.sleep(_POLL_S)

    def _take_in(self, operations: Sequence[Operation]) -> None:
        commands = list(intents.commands(operations))
        self._commands = [command for command in commands if intents.acknowledged(command)]
        asked = Counter(order_id for command in commands if (order_id := intents.order_id(command)))
        self.own = Own(frozenset(operation.user for operation in operations), frozenset(asked))
        # No order has more versions than commands.
        events = {identity.event_id(order, each + 1) for order, count in asked.items() for each in range(count)}
        self.messages = frozenset(events | {id for command in commands if (id := intents.message_id(command))})

    def _look(self) -> Backlog:
        unreachable: dict[str, str] = {}
        waiting = {intents.order_id(command) or "": command.user for command in self._open()}
        asked: dict[str, Future[Order | str | None]] = {}
        pool = ThreadPoolExecutor(_READERS, thread_name_prefix="orders")
        try:
            for order_id, user in waiting.items():
                asked[order_id] = pool.submit(self._order, order_id, user)
                time.sleep(self._pause_s)
            for order_id, answer in asked.items():
                found = answer.result()
                if isinstance(found, Order):
                    self.shown[order_id] = found
                elif found is not None:
                    unreachable["API"] = found
        finally:
            pool.shutdown(cancel_futures=True)
        counts = {"orders unsettled": len({intents.order_id(command) for command in self._open()})}
        try:
            counts |= self._behind()
        except UNREADABLE as error:
            unreachable["stores"] = f"{type(error).__name__}: {error}"[:200]
        return Backlog(counts, unreachable)

    def _open(self) -> list[Operation]:
        """The acknowledged commands whose effect nobody has seen yet."""
        return [each for each in self._commands if not settled(each, self.shown.get(intents.order_id(each) or ""))]

    def _order(self, order_id: str, user: str) -> Order | str | None:
        """An order as the API shows it; None where it does not know it yet, and a text where it does not tell."""
        try:
            status, value = self._api.get(f"/v1/orders/{quote(order_id, safe='')}", self._tokens.token(user))
        except TargetError as error:
            return str(error)
        except UNANSWERED as error:
            return f"{type(error).__name__}: {error}"
        if status == 200 and isinstance(value, dict):
            return order_shown(value)
        return None if status == 404 else f"GET /v1/orders/{order_id} answered {status}"

    def _behind(self) -> dict[str, int]:
        mysql = self._target.stores.mysql
        if mysql is None:
            return {}
        with handshakes.connect_mysql(mysql, READ_LIMIT_S) as connection:
            events = read_outbox(connection, self.own)
        return lag(events, documents_of(self._target.stores.documents, self.own))


def documents_of(documents: Documents | None, own: Own) -> DocumentFacts | None:
    """What the read model has of a run; None without its address. Raises pymongo's errors."""
    if documents is None:
        return None
    with handshakes.connect_documents(documents, READ_LIMIT_S) as client:
        return read_documents(client[documents.database], own)
