"""A stage that is deployed elsewhere, as what is rehearsed.

It may be in use and is not ours: beside the traffic everything here only reads, and what is read and judged are the
users of this run, who are new on it.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from contracts import identity
from harness import history
from harness.checks import (
    DOCUMENTS,
    MYSQL,
    PARKED,
    SERVED,
    Backlog,
    DocumentFacts,
    Facts,
    MySqlFacts,
    Order,
    Own,
    Parked,
    Quiescence,
    browse_broker,
    intents,
    lag,
    order_shown,
    read_documents,
    read_mysql,
    read_outbox,
    settled,
)
from harness.history import Operation
from harness.scenario.api import UNANSWERED, Answer, Api
from harness.scenario.errors import TargetError
from harness.scenario.evidence import UNREADABLE, part
from harness.scenario.injection import Injector
from harness.scenario.spec import Fault
from harness.scenario.target import Target
from harness.scenario.tokens import VARIABLE, TokenCommand
from harness.services import external, handshakes
from harness.services.endpoints import Documents, MySql
from harness.traffic import Plan, Tokens, longest_s

_POLL_S = 0.5
_READERS = 4
_READ_LIMIT_S = 60.0
# For what comes between a token and its request: first tokens are there before the traffic, renewals take a while.
_LEAD_S = 30.0


class Settling:
    """Watches what this run asked for: orders by the API, and their effects where the stores can be read.

    Others' messages make that no queue is ever empty. So at rest is a run whose acknowledged commands can all be seen
    by their users, whose events are published, and whose documents and notifications are there.
    """

    def __init__(self, target: Target, api: Api, tokens: TokenCommand, records: Path) -> None:
        self._target, self._api, self._tokens, self._records = target, api, tokens, records
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
        pool = ThreadPoolExecutor(_READERS, thread_name_prefix="orders")
        try:
            for order_id, found in zip(waiting, pool.map(self._order, waiting, waiting.values()), strict=True):
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
        with handshakes.connect_mysql(mysql, _READ_LIMIT_S) as connection:
            events = read_outbox(connection, self.own)
        return lag(events, _documents(self._target.stores.documents, self.own))


@dataclass
class Deployed:
    """See Subject."""

    target: Target
    versions: Mapping[str, str]
    _api: Api
    _tokens: TokenCommand
    _users: Sequence[str] = ()
    _lasting_s: float = 0.0
    _settling: Settling | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """See Subject."""
        return self.target.url

    @property
    def run(self) -> str:
        """See Subject."""
        return self.target.run

    @property
    def kind(self) -> str:
        """See Subject."""
        return "deployed"

    def tokens(self, plan: Plan) -> Mapping[str, Tokens]:
        """See Subject. TargetError where the stage refuses the first one, or has not our catalogue."""
        self._users = [person.user_id for person in plan.people]
        self._lasting_s = longest_s(plan.spec) + _LEAD_S
        found, first = self._minted(), self._users[0]
        status, value = _ask(self._api, self.url, "/v1/products?limit=1", found[first].token)
        if status in (401, 403):
            raise TargetError(
                f"{self.url} refuses the token that {VARIABLE} printed for {first} ({status}): "
                "are issuer, audience and key those of the stage?"
            )
        if status != 200 or not isinstance(value, dict) or not value.get("products"):
            raise TargetError(f"{self.url}/v1/products answered {status} without products: is the stage migrated?")
        return found

    def renewed(self) -> Mapping[str, Tokens] | None:
        """See Subject. TargetError where the command has come to fail."""
        return self._minted() if self._tokens.expiring(self._lasting_s) else None

    def _minted(self) -> dict[str, Tokens]:
        return {user: Tokens(token) for user, token in self._tokens.for_all(self._users, self._lasting_s).items()}

    def injector(self, faults: tuple[Fault, ...], seed: int, records: history.Writer) -> Injector:
        """See Subject. There is nothing that we may break."""
        return Injector(faults, seed, None, records)

    @contextmanager
    def watching(self, records: Path) -> Iterator[Settling]:
        """See Subject."""
        self._settling = Settling(self.target, self._api, self._tokens, records)
        yield self._settling

    def check(self) -> None:
        """See Subject. No part of the harness runs there."""

    def counted(self) -> Mapping[str, Any] | None:
        """See Subject."""
        return None

    def workers(self) -> Mapping[str, Mapping[str, Any]]:
        """See Subject."""
        return {}

    def facts(self) -> Facts:
        """See Subject."""
        assert self._settling is not None
        stores, own = self.target.stores, self._settling.own
        unread: dict[str, str] = {}
        absent = {SERVED: "the platform's counters, which a deployed stage does not tell"}
        for store, variable, given in (
            (MYSQL, external.MYSQL, stores.mysql),
            (DOCUMENTS, external.DOCUMENTS, stores.documents),
            (PARKED, external.BROKER, stores.broker_url),
        ):
            if given is None:
                absent[store] = variable
        return Facts(
            part(MYSQL, partial(_rows, stores.mysql, own), unread),
            part(DOCUMENTS, partial(_documents, stores.documents, own), unread),
            part(PARKED, partial(_parked, stores.broker_url, self._settling.messages), unread),
            shown=tuple(self._settling.shown.values()),
            unread=unread,
            absent=absent,
        )


def open_target(target: Target) -> Deployed:
    """The stage, once it has answered and its stores let us in. TargetError, or AddressUnusable, where not."""
    api = Api(target.url)
    status, value = _ask(api, target.url, "/v1/health")
    if status != 200 or value != {"status": "ok"}:
        raise TargetError(
            f"{target.url}/v1/health answered {status}{'' if status != 200 else ' with something else'}: "
            "this is not our API; does the URL have the stage's path?"
        )
    return Deployed(target, target.stores.reach(), api, TokenCommand(target.token_command))


def _ask(api: Api, url: str, path: str, token: str | None = None) -> Answer:
    try:
        return api.get(path, token)
    except UNANSWERED as error:
        reason = getattr(error, "verify_message", None) or getattr(error, "strerror", None) or str(error)
        raise TargetError(f"{url} cannot be reached: {reason or type(error).__name__}") from error


def _rows(mysql: MySql | None, own: Own) -> MySqlFacts | None:
    if mysql is None:
        return None
    with handshakes.connect_mysql(mysql, _READ_LIMIT_S) as connection:
        return read_mysql(connection, own)


def _documents(documents: Documents | None, own: Own) -> DocumentFacts | None:
    if documents is None:
        return None
    with handshakes.connect_documents(documents, _READ_LIMIT_S) as client:
        return read_documents(client[documents.database], own)


def _parked(url: str | None, messages: Collection[str]) -> tuple[Parked, ...] | None:
    if url is None:
        return None
    return tuple(parked for parked in browse_broker(url) if parked.message_id in messages)
