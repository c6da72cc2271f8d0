"""From an arrival, and what its user knows, to an HTTP request."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from contracts import identity, messages
from harness.traffic import actions, bodies
from harness.traffic.memory import Memory
from harness.traffic.people import Person
from harness.traffic.plan import Arrival
from harness.traffic.settings import Tokens


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, and what is on record about it.

    `message_id` is that of the command that it makes, or would make if it had not to be refused.
    """

    action: str
    route: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None
    text: str | None = None
    key: str | None = None
    message_id: str | None = None
    order_id: str | None = None
    min_version: int | None = None
    all_pages: bool = False
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Path and query."""
        return self.path + _query(self.query)

    def page(self, cursor: str) -> str:
        """Path and query of the page that `cursor` leads to."""
        return self.path + _query({**self.query, "cursor": cursor})


def _query(values: Mapping[str, str]) -> str:
    return "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items()) if values else ""


def request(arrival: Arrival, person: Person, tokens: Tokens, memory: Memory, seed: int) -> Request:
    """The request of an arrival, from what its user knows at this moment."""
    method, _, path = arrival.route.partition(" ")
    action, text, key = arrival.action, arrival.body, arrival.key
    headers = {"accept": "application/json", "traceparent": traceparent(seed, arrival.op)}
    message_id = order_id = min_version = None
    query: dict[str, str] = {}

    if action == "key_reuse" and not memory.registered:
        # Nobody knows yet whether the key is used: this is the registration itself, once more.
        action, text = "create_user", bodies.text({"name": person.name, "email": person.email})
    if arrival.order_id is not None:
        order_id = memory.choose(arrival.pick, arrival.order_id)
        path = path.replace("{id}", order_id)
    if arrival.route == actions.PLACE and key is not None:
        message_id = identity.message_id(person.user_id, key, messages.PLACE)
    elif arrival.route == actions.CANCEL and order_id is not None:
        message_id = identity.message_id(person.user_id, order_id, messages.CANCEL)
    elif arrival.route == actions.LIST:
        path = path.replace("{id}", person.user_id)
        query["limit"] = str(arrival.limit)
    elif arrival.route == actions.PRODUCT:
        path = path.replace("{sku}", arrival.sku or "")
    if action == "read_order" and order_id is not None:
        min_version = memory.versions.get(order_id)
        if min_version is not None:
            headers["min-version"] = str(min_version)
        if arrival.revalidate and path in memory.etags:
            headers["if-none-match"] = memory.etags[path]
    if key is not None:
        headers["idempotency-key"] = key
    if text is not None:
        headers["content-type"] = "application/json"
    if arrival.route != actions.HEALTH:
        token = tokens.expired_token if action == "expired_token" else tokens.token
        headers["authorization"] = f"Bearer {token}"
    return Request(
        action=action,
        route=arrival.route,
        method=method,
        path=path,
        headers=headers,
        body=_body(method, text, arrival.padding_bytes),
        text=text,
        key=key,
        message_id=message_id,
        order_id=order_id,
        min_version=min_version,
        all_pages=arrival.all_pages,
        query=query,
    )


def _body(method: str, text: str | None, padding_bytes: int) -> bytes | None:
    if text is None:
        return None if method == "GET" else b""
    return text.encode() + b" " * padding_bytes


def traceparent(seed: int, op: str) -> str:
    """The W3C trace context of an operation, so that logs of every part can be tied to it."""
    digest = hashlib.sha256(f"{seed}/{op}".encode()).hexdigest()
    return f"00-{digest[:32]}-{digest[32:48]}-01"
