"""The whole traffic of a run, decided beforehand from one seed."""

import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from contracts import identity
from harness.traffic import actions, bodies
from harness.traffic.actions import ACTIONS
from harness.traffic.arrivals import times_s
from harness.traffic.errors import PlanError, SpecError
from harness.traffic.people import Person, invent, random_uuid
from harness.traffic.spec import Stage, TrafficSpec

FORM = 1
_CHASE_CHANCE = 0.4
_REVALIDATE_CHANCE = 0.25
_PAGE_SIZES = (2, 5, 20)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing that one user does, `at_ns` after the start. `user` is an index into the plan's people.

    `body` is the text to send, with `padding_bytes` spaces after it. `order_id` is the order that it is about, derived
    from the key that it was, or will be, placed under. `pick` in [0, 1) lets the client choose among the orders it
    knows when the time has come: 0 is its newest; where it knows none, `order_id` holds. `limit` is the size of the
    pages to ask for, `all_pages` whether to follow them to the end, `revalidate` whether to send the ETag that the
    client has.
    """

    op: str
    at_ns: int
    action: str
    route: str
    user: int
    key: str | None = None
    body: str | None = None
    padding_bytes: int = 0
    order_id: str | None = None
    pick: float | None = None
    sku: str | None = None
    limit: int | None = None
    all_pages: bool = False
    revalidate: bool = False


@dataclass(frozen=True)
class Plan:
    """People and arrivals, in the order of time."""

    seed: int
    spec: TrafficSpec
    people: tuple[Person, ...]
    arrivals: tuple[Arrival, ...]

    @property
    def duration_s(self) -> float:
        """Seconds over which users arrive."""
        return math.fsum(stage.duration_s for stage in self.spec.stages)

    def dumps(self) -> str:
        """The plan as JSON text: the same text for the same spec and seed."""
        defaults = {field.name: field.default for field in fields(Arrival)}
        arrivals = [
            {name: value for name in defaults if (value := getattr(arrival, name)) != defaults[name]}
            for arrival in self.arrivals
        ]
        spec = {**asdict(self.spec), "mix": dict(self.spec.mix)}
        people = [asdict(person) for person in self.people]
        return json.dumps(
            {"form": FORM, "seed": self.seed, "spec": spec, "people": people, "arrivals": arrivals},
            separators=(",", ":"),
            ensure_ascii=False,
        )

    def write(self, path: Path) -> None:
        """Writes it to `path`."""
        path.write_text(self.dumps(), "utf-8")


def load(path: Path) -> Plan:
    """The plan in `path`. Raises PlanError where it is none."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise PlanError(f"{path}: the plan cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise PlanError(f"{path}: not JSON: {error}") from None
    if not isinstance(value, dict) or value.get("form") != FORM:
        raise PlanError(f"{path}: not a plan of form {FORM}; harness.traffic.build makes plans")
    try:
        return _plan(value)
    except (KeyError, TypeError, AttributeError, SpecError) as error:
        raise PlanError(f"{path}: not a plan: {type(error).__name__}: {error}") from None
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from None


def _plan(value: dict[str, Any]) -> Plan:
    spec = dict(value["spec"])
    spec["stages"] = tuple(Stage(**stage) for stage in spec["stages"])
    people = tuple(Person(**person) for person in value["people"])
    arrivals = tuple(Arrival(**arrival) for arrival in value["arrivals"])
    earlier_ns = 0
    for arrival in arrivals:
        if arrival.action not in ACTIONS or arrival.route not in ACTIONS[arrival.action].routes:
            raise PlanError(f"arrival {arrival.op}: no action {arrival.action!r} on {arrival.route!r}")
        if not 0 <= arrival.user < len(people):
            raise PlanError(f"arrival {arrival.op}: there is no user {arrival.user}; there are {len(people)}")
        if arrival.at_ns < earlier_ns:
            raise PlanError(f"arrival {arrival.op}: earlier than the one before it")
        earlier_ns = arrival.at_ns
    repeated = [op for op, count in Counter(arrival.op for arrival in arrivals).items() if count > 1]
    if repeated:
        raise PlanError(f"arrival {repeated[0]}: planned twice")
    return Plan(value["seed"], TrafficSpec(**spec), people, arrivals)


def build(spec: TrafficSpec, seed: int, run: str = "") -> Plan:
    """Decides everything: who, when, what, with which bodies and keys.

    `run` gives the people other ids, and so their orders: for a place where the same seed has left its own before. An
    action that needs an order or a user that has not been planned yet (the first read, say) becomes what it lacks.
    """
    people = invent(spec.users, seed, run)
    planner = _Planner(spec, seed, people)
    return Plan(seed, spec, people, tuple(planner.arrivals()))


class _Planner:
    """Walks through time and remembers what has been planned so far."""

    def __init__(self, spec: TrafficSpec, seed: int, people: tuple[Person, ...]) -> None:
        self._people = people
        self._clock = random.Random(f"{seed}/arrivals")
        self._rng = random.Random(f"{seed}/actions")
        self._stages = spec.stages
        self._actions = tuple(name for name, weight in spec.mix.items() if weight)
        self._weights = tuple(accumulate(spec.mix[name] for name in self._actions))
        # Few users order much and many order little.
        self._activity = tuple(accumulate((rank + 1) ** -0.7 for rank in range(len(people))))
        self._places: list[Arrival] = []
        self._chased = -1
        self._created = 0

    def arrivals(self) -> Iterator[Arrival]:
        """All of them, in the order of time."""
        for number, at_s in enumerate(times_s(self._stages, self._clock)):
            action = self._rng.choices(self._actions, cum_weights=self._weights)[0]
            yield self._arrival(f"o{number:06d}", round(at_s * 1e9), self._possible(action))

    def _possible(self, action: str) -> str:
        """The action, or the one that it needs first."""
        match ACTIONS[action].needs:
            case "place" | "foreign" if not self._places:
                return "place_order"
            case "create" if not self._created:
                return "create_user"
        return action

    def _arrival(self, op: str, at_ns: int, action: str) -> Arrival:
        arrival = getattr(self, f"_{action}")(op, at_ns)
        assert isinstance(arrival, Arrival)
        return arrival

    def _someone(self) -> int:
        return self._rng.choices(range(len(self._people)), cum_weights=self._activity)[0]

    def _earlier(self) -> Arrival:
        """A place that was planned before; late ones more often."""
        count = len(self._places)
        return self._places[count - 1 - int(count * self._rng.random() ** 3)]

    def _latest(self) -> Arrival:
        """The place planned last, or an earlier one where that has been taken already: what follows it races it."""
        if self._chased == len(self._places) - 1 or self._rng.random() >= _CHASE_CHANCE:
            return self._earlier()
        self._chased = len(self._places) - 1
        return self._places[-1]

    def _order_id(self, user: int, key: str) -> str:
        return identity.order_id(self._people[user].user_id, key)

    def _order(self, op: str, at_ns: int, action: str, body: str) -> Arrival:
        """A POST /v1/orders under a key of its own."""
        user, key = self._someone(), random_uuid(self._rng)
        return Arrival(op, at_ns, action, actions.PLACE, user, key=key, body=body, order_id=self._order_id(user, key))

    def _place_order(self, op: str, at_ns: int) -> Arrival:
        arrival = self._order(op, at_ns, "place_order", bodies.text(bodies.basket(self._rng)))
        self._places.append(arrival)
        return arrival

    def _repeat_order(self, op: str, at_ns: int) -> Arrival:
        place = self._latest()
        return Arrival(
            op, at_ns, "repeat_order", place.route, place.user, key=place.key, body=place.body, order_id=place.order_id
        )

    def _cancel_order(self, op: str, at_ns: int) -> Arrival:
        place = self._latest()
        pick = None if place is self._places[-1] else self._rng.random()
        return Arrival(op, at_ns, "cancel_order", actions.CANCEL, place.user, order_id=place.order_id, pick=pick)

    def _read_order(self, op: str, at_ns: int) -> Arrival:
        place = self._earlier()
        # Cubed: people look at what they have just done.
        pick, revalidate = self._rng.random() ** 3, self._rng.random() < _REVALIDATE_CHANCE
        return Arrival(
            op, at_ns, "read_order", actions.READ, place.user, order_id=place.order_id, pick=pick, revalidate=revalidate
        )

    def _list_orders(self, op: str, at_ns: int) -> Arrival:
        user, limit = self._earlier().user, self._rng.choice(_PAGE_SIZES)
        return Arrival(op, at_ns, "list_orders", actions.LIST, user, limit=limit, all_pages=self._rng.random() < 0.5)

    def _list_products(self, op: str, at_ns: int) -> Arrival:
        return Arrival(op, at_ns, "list_products", actions.PRODUCTS, self._someone())

    def _read_product(self, op: str, at_ns: int) -> Arrival:
        return Arrival(op, at_ns, "read_product", actions.PRODUCT, self._someone(), sku=bodies.sku(self._rng))

    def _quote(self, op: str, at_ns: int) -> Arrival:
        body = bodies.text(bodies.basket(self._rng, only_known=True))
        return Arrival(op, at_ns, "quote", actions.QUOTE, self._someone(), body=body)

    def _health(self, op: str, at_ns: int) -> Arrival:
        return Arrival(op, at_ns, "health", actions.HEALTH, self._someone())

    def _create_user(self, op: str, at_ns: int) -> Arrival:
        """The next person registers; once all have, somebody does so again, with the same key and body."""
        user = self._created if self._created < len(self._people) else self._someone()
        self._created = max(self._created, user + 1)
        person = self._people[user]
        body = bodies.text({"name": person.name, "email": person.email})
        return Arrival(op, at_ns, "create_user", actions.USERS, user, key=person.key, body=body)

    def _key_reuse(self, op: str, at_ns: int) -> Arrival:
        """Another body under the key of a user who has been planned to register."""
        user = self._rng.randrange(self._created)
        person = self._people[user]
        body = bodies.text({"name": person.name, "email": f"not.{person.email}"})
        return Arrival(op, at_ns, "key_reuse", actions.USERS, user, key=person.key, body=body)

    def _bad_json(self, op: str, at_ns: int) -> Arrival:
        return self._order(op, at_ns, "bad_json", bodies.bad_json(self._rng))

    def _bad_body(self, op: str, at_ns: int) -> Arrival:
        return self._order(op, at_ns, "bad_body", bodies.bad_body(self._rng))

    def _oversized_body(self, op: str, at_ns: int) -> Arrival:
        arrival = self._order(op, at_ns, "oversized_body", bodies.text(bodies.basket(self._rng)))
        return replace(arrival, padding_bytes=bodies.OVERSIZED_PADDING_BYTES)

    def _missing_key(self, op: str, at_ns: int) -> Arrival:
        body = bodies.text(bodies.basket(self._rng))
        return Arrival(op, at_ns, "missing_key", actions.PLACE, self._someone(), body=body)

    def _foreign_order(self, op: str, at_ns: int) -> Arrival:
        """Somebody reads or cancels another user's order."""
        place = self._earlier()
        user = (place.user + self._rng.randrange(1, len(self._people))) % len(self._people)
        route = self._rng.choice(ACTIONS["foreign_order"].routes)
        return Arrival(op, at_ns, "foreign_order", route, user, order_id=place.order_id)

    def _expired_token(self, op: str, at_ns: int) -> Arrival:
        """Somebody places or reads with a token that has expired."""
        if self._rng.random() < 0.5:
            return self._order(op, at_ns, "expired_token", bodies.text(bodies.basket(self._rng)))
        place = self._earlier()
        return Arrival(op, at_ns, "expired_token", actions.READ, place.user, order_id=place.order_id)
