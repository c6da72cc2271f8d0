"""What the users of a history wanted: its operations by what they ask for."""

import json
from collections.abc import Iterable, Iterator

from contracts import identity, messages
from harness.checks.facts import User
from harness.history import Operation, Outcome

CREATE_USER = "POST /v1/users"
PLACE = "POST /v1/orders"
CANCEL = "POST /v1/orders/{id}/cancel"
READ_ORDER = "GET /v1/orders/{id}"
LIST_ORDERS = "GET /v1/users/{id}/orders"

_TYPES = {PLACE: messages.PLACE, CANCEL: messages.CANCEL}


def on(operations: Iterable[Operation], *routes: str) -> Iterator[Operation]:
    """The operations on these routes."""
    return (operation for operation in operations if operation.route in routes)


def commands(operations: Iterable[Operation]) -> Iterator[Operation]:
    """Those that ask for a command: to place or to cancel an order."""
    return on(operations, PLACE, CANCEL)


def acknowledged(operation: Operation) -> bool:
    """Whether it was answered with success."""
    return operation.outcome is Outcome.ACKNOWLEDGED


def refused(operation: Operation) -> bool:
    """Whether every answer promised that there is no effect."""
    return operation.outcome is Outcome.REFUSED


def message_id(command: Operation) -> str | None:
    """The message of a command, which every retry of it shares; None where it has no key to derive it from.

    The key of a cancel is the order's id.
    """
    key = command.order_id if command.route == CANCEL else command.key
    return command.message_id or (identity.message_id(command.user, key, _TYPES[command.route]) if key else None)


def order_id(command: Operation) -> str | None:
    """The order that a command is about; None where a place has no key."""
    if command.route == PLACE and command.key:
        return identity.order_id(command.user, command.key)
    return command.order_id


def registration(creation: Operation) -> User | None:
    """The row that a new user asked for; None where the request has no key or no body that can be one."""
    try:
        body = json.loads(creation.body)
        return User(creation.user, creation.key or "", identity.request_hash(body), body["name"], body["email"])
    except (ValueError, TypeError, KeyError):
        return None


def named(operation: Operation) -> str:
    """The operation, for a person: `o000123 POST /v1/orders by user-7`."""
    return f"{operation.op} {operation.route} by {operation.user}"
