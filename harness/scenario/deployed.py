"""A stage that is deployed elsewhere, as what is rehearsed.

It may be in use and is not ours: beside the traffic everything here only reads, and what is read and judged are the
users of this run, who are new on it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from harness import history
from harness.checks import (
    DOCUMENTS,
    MYSQL,
    PARKED,
    SERVED,
    Facts,
    MySqlFacts,
    Own,
    Parked,
    browse_broker,
    read_mysql,
)
from harness.scenario.api import UNANSWERED, Answer, Api
from harness.scenario.errors import TargetError
from harness.scenario.evidence import part
from harness.scenario.injection import Injector
from harness.scenario.settling import READ_LIMIT_S, Settling, documents_of
from harness.scenario.spec import Fault
from harness.scenario.target import Target
from harness.scenario.tokens import VARIABLE, TokenCommand
from harness.services import external, handshakes
from harness.services.endpoints import MySql
from harness.traffic import Plan, Tokens, longest_s

# For what comes between a token and its request: first tokens are there before the traffic, renewals take a while.
_LEAD_S = 30.0


@dataclass
class Deployed:
    """See Subject."""

    target: Target
    versions: Mapping[str, str]
    _api: Api
    _tokens: TokenCommand
    _rate_per_s: float
    _users: Sequence[str] = field(default=(), init=False)
    _lasting_s: float = field(default=0.0, init=False)
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
        self._settling = Settling(self.target, self._api, self._tokens, records, self._rate_per_s)
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
            part(DOCUMENTS, partial(documents_of, stores.documents, own), unread),
            part(PARKED, partial(_parked, stores.broker_url, self._settling.messages), unread),
            shown=tuple(self._settling.shown.values()),
            unread=unread,
            absent=absent,
        )


def open_target(target: Target, rate_per_s: float) -> Deployed:
    """The stage, once it has answered and its stores let us in. TargetError, or AddressUnusable, where not.

    `rate_per_s` is how many requests it may be sent beside the traffic.
    """
    api = Api(target.url)
    status, value = _ask(api, target.url, "/v1/health")
    if status != 200 or value != {"status": "ok"}:
        raise TargetError(
            f"{target.url}/v1/health answered {status}{'' if status != 200 else ' with something else'}: "
            "this is not our API; does the URL have the stage's path?"
        )
    return Deployed(target, target.stores.reach(), api, TokenCommand(target.token_command), rate_per_s)


def _ask(api: Api, url: str, path: str, token: str | None = None) -> Answer:
    try:
        return api.get(path, token)
    except UNANSWERED as error:
        reason = getattr(error, "verify_message", None) or getattr(error, "strerror", None) or str(error)
        raise TargetError(f"{url} cannot be reached: {reason or type(error).__name__}") from error


def _rows(mysql: MySql | None, own: Own) -> MySqlFacts | None:
    if mysql is None:
        return None
    with handshakes.connect_mysql(mysql, READ_LIMIT_S) as connection:
        return read_mysql(connection, own)


def _parked(url: str | None, messages: Collection[str]) -> tuple[Parked, ...] | None:
    if url is None:
        return None
    return tuple(parked for parked in browse_broker(url) if parked.message_id in messages)
