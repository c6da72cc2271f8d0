"""Duplicate in pages: a list of a user's orders repeats an order, or skips one."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from harness.checks import intents
from harness.checks.facts import DOCUMENTS, Facts, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation

Position = tuple[str, str]  # created_at and order_id: lists go from the greatest downwards


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """No list shows an order twice, or skips one between its first and its last that an earlier list has shown.

    Earlier means: answered before this list was first asked for. What was shown is in the read model, from which lists
    come, and keeps its place there: it is owed to every later list of that user that goes as far back as its place. An
    empty list owes them all. `examined` counts the answered lists. Without the read model the places are those that the
    API tells.
    """
    known = facts.shown if facts.documents is None else facts.documents.orders
    places = {order.order_id: (order.created_at, order.order_id) for order in needed(known, DOCUMENTS)}
    found = Findings()
    by_user: dict[str, list[Operation]] = defaultdict(list)
    for listing in intents.on(operations, intents.LIST_ORDERS):
        if intents.acknowledged(listing) and listing.items is not None:
            by_user[listing.user].append(listing)
    for listings in by_user.values():
        _check_user(found, listings, places)
    return found.result()


def _check_user(found: Findings, listings: list[Operation], places: Mapping[str, Position]) -> None:
    answered = sorted(listings, key=lambda listing: listing.completed or 0)
    owed: list[Position] = []
    known: set[Position] = set()
    position = 0
    for listing in sorted(listings, key=lambda listing: listing.first_invoke):
        while (answered[position].completed or 0) < listing.first_invoke:
            for order_id in _shown(answered[position]):
                place = places.get(order_id)
                if place is not None and place not in known:
                    known.add(place)
                    insort(owed, place)
            position += 1
        found.examined += 1
        counts = Counter(_shown(listing))
        for order_id, count in counts.items():
            if count > 1:
                found.wrong("{}: shows order {} {} times", intents.named(listing), order_id, count)
        shown = {places[order_id] for order_id in counts if order_id in places}
        begin = bisect_left(owed, min(shown)) if shown else 0
        if len(owed) - begin == len(shown & known):
            continue
        for place in owed[begin:]:
            if place not in shown:
                found.wrong("{}: skips order {}, which an earlier list showed", intents.named(listing), place[1])


def _shown(listing: Operation) -> list[str]:
    return [order_id for order_id, _ in listing.items or ()]
