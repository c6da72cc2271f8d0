"""Resolves the stack's logical addresses (`broker.url`, `mysql.credentials`, …) to those of one run."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.process import LOOPBACK
from harness.scenario.errors import RunError
from harness.services import Credentials, Endpoints
from harness.stack import Stack


@dataclass(frozen=True)
class Accounts:
    """The application's own accounts, which `migrate` makes; new for every run."""

    broker: Credentials
    mysql: Credentials
    documents: Credentials

    @staticmethod
    def fresh() -> "Accounts":
        """Accounts with random passwords."""
        broker, mysql, documents = (Credentials("orders-app", secrets.token_hex(16)) for _ in range(3))
        return Accounts(broker, mysql, documents)


def resolve(
    endpoints: Endpoints,
    accounts: Accounts,
    *,
    broker_port: int,
    queue_urls: Mapping[str, str],
    pricing_url: str,
) -> dict[str, str]:
    """Every logical address and its value. `broker_port` is the relay's, through which all of the application goes."""
    mysql = endpoints.mysql.url
    return {
        "broker.url": replace(endpoints.broker, host=LOOPBACK, port=broker_port).url,
        "broker.management_url": endpoints.broker.management_url,
        "broker.credentials": _literal(accounts.broker),
        "broker.admin_credentials": _literal(endpoints.broker.admin),
        "mysql.url": mysql,
        "mysql.reader_url": mysql,
        "mysql.direct_url": mysql,
        "mysql.credentials": _literal(accounts.mysql),
        "mysql.admin_credentials": _literal(endpoints.mysql.admin),
        "documents.url": endpoints.documents.url,
        "documents.credentials": _literal(accounts.documents),
        "documents.admin_credentials": _literal(endpoints.documents.admin),
        "pricing.url": pricing_url,
        **{f"queues.{name}.url": url for name, url in queue_urls.items()},
    }


def check(stack: Stack, addresses: Mapping[str, str]) -> None:
    """Raises RunError where the stack refers to an address that this kind of run does not have."""
    owners = {f"functions.{name}": function.references for name, function in stack.functions.items()}
    owners |= {f"workers.{name}": worker.references for name, worker in stack.workers.items()}
    for owner, references in owners.items():
        for variable, address in references.items():
            if address not in addresses:
                known = ", ".join(sorted(addresses))
                raise RunError(f"{owner}.references.{variable}: no address {address!r}; there are {known}")


def _literal(credentials: Credentials) -> str:
    return json.dumps(credentials.as_dict())
