"""The rules of orders, against any sequence of commands."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import identity, messages
from contracts.messages import Envelope, InvalidMessage
from contracts.outcomes import Outcome, Reason, Status
from worker.orders import store
from worker.orders.rules import Changes, Order, Product, State, decide, examine

NOW = datetime(2026, 1, 31, 12, 0, 0)
PLENTY = 10**6
USERS = ("ann", "bob")
KEYS = ("k1", "k2", "k3")
SKUS = ("TEA", "MUG", "RARE")

Lines = Sequence[tuple[str, int]]


def place(user: str, key: str, lines: Lines) -> Envelope:
    order_id = identity.order_id(user, key)
    payload = {"order_id": order_id, "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines]}
    return messages.command(messages.PLACE, user, key, payload)


def cancel(user: str, key: str) -> Envelope:
    order_id = identity.order_id(user, key)
    return messages.command(messages.CANCEL, user, order_id, {"order_id": order_id})


def shop(**stock: int) -> State:
    return State({}, {sku: Product(100 * (number + 1), stock.get(sku, PLENTY)) for number, sku in enumerate(SKUS)})


def after(state: State, changes: Changes) -> State:
    """The state once the changes are written."""
    products = dict(state.products)
    for sku, change in changes.stock().items():
        products[sku] = replace(products[sku], stock=products[sku].stock + change)
    processed = state.processed | {done.command.message_id for done in changes.processed}
    return State({**state.orders, **changes.orders}, products, processed)


def run(state: State, batches: Sequence[Sequence[Envelope]]) -> tuple[State, list[Changes]]:
    history = []
    for number, batch in enumerate(batches):
        changes = decide(state, batch, NOW + timedelta(seconds=number))
        history.append(changes)
        state = after(state, changes)
    return state, history


def facts(state: State) -> Mapping[str, Any]:
    """What counts of a state: everything but times."""
    return {
        "orders": {
            order_id: (order.status, order.version, order.lines, order.total_cents)
            for order_id, order in state.orders.items()
        },
        "stock": {sku: product.stock for sku, product in state.products.items()},
    }


lines = st.lists(st.tuples(st.sampled_from((*SKUS, "UNKNOWN")), st.integers(1, 5)), min_size=1, max_size=4)
commands = st.lists(
    st.one_of(
        st.builds(place, st.sampled_from(USERS), st.sampled_from(KEYS), lines),
        st.builds(cancel, st.sampled_from(USERS), st.sampled_from(KEYS)),
    ),
    max_size=30,
)


@given(commands=commands, rare=st.integers(0, 20), size=st.integers(1, 30))
def test_stock_is_conserved_whatever_comes(commands: list[Envelope], rare: int, size: int) -> None:
    start = shop(RARE=rare)
    end, history = run(start, [commands[n : n + size] for n in range(0, len(commands), size)])
    confirmed: defaultdict[str, int] = defaultdict(int)
    for order in end.orders.values():
        if order.status is Status.CONFIRMED:
            for line in order.lines:
                confirmed[line.sku] += line.quantity
    moved: defaultdict[str, int] = defaultdict(int)
    for changes in history:
        for movement in changes.movements:
            moved[movement.sku] += movement.quantity
    for sku, product in end.products.items():
        assert product.stock >= 0
        assert start.products[sku].stock == product.stock + confirmed[sku]
        assert product.stock - start.products[sku].stock == moved[sku]


@given(commands=commands, rare=st.integers(0, 20), sizes=st.tuples(st.integers(1, 30), st.integers(1, 30)))
def test_how_commands_are_batched_makes_no_difference(
    commands: list[Envelope], rare: int, sizes: tuple[int, int]
) -> None:
    ends = [run(shop(RARE=rare), [commands[n : n + size] for n in range(0, len(commands), size)])[0] for size in sizes]
    assert facts(ends[0]) == facts(ends[1])


@given(commands=commands, data=st.data())
def test_delivering_again_has_no_effect(commands: list[Envelope], data: st.DataObject) -> None:
    once, _ = run(shop(RARE=7), [commands])
    repeats = data.draw(st.lists(st.sampled_from(commands), max_size=20)) if commands else []
    twice, history = run(once, [repeats])
    assert facts(twice) == facts(once)
    assert history[0].repeats == len(repeats)
    assert not history[0].processed
    assert not history[0].events


bodies = st.dictionaries(
    st.tuples(st.sampled_from(USERS), st.sampled_from(KEYS)),
    st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 5)), min_size=1, max_size=3),
)


@given(bodies=bodies, data=st.data())
def test_commands_commute_where_there_is_enough_of_everything(
    bodies: dict[tuple[str, str], Lines], data: st.DataObject
) -> None:
    sent = [place(user, key, lines) for (user, key), lines in bodies.items()]
    cancelled = data.draw(st.sets(st.sampled_from(sorted(bodies)))) if bodies else set()
    sent += [cancel(user, key) for user, key in cancelled]
    end, _ = run(shop(), [sent])
    shuffled, _ = run(shop(), [data.draw(st.permutations(sent))])
    assert facts(shuffled) == facts(end)
    for (user, key), _ in bodies.items():
        order = end.orders[identity.order_id(user, key)]
        assert order.status is (Status.CANCELLED if (user, key) in cancelled else Status.CONFIRMED)


@given(commands=commands, rare=st.integers(0, 20))
def test_every_command_has_one_outcome_and_every_version_one_valid_event(commands: list[Envelope], rare: int) -> None:
    end, history = run(shop(RARE=rare), [commands[:10], commands[10:]])
    processed = [done.command.message_id for changes in history for done in changes.processed]
    assert sorted(processed) == sorted({command.message_id for command in commands})
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for changes in history:
        for event in changes.events:
            versions[event.order.order_id].append(event.order.version)
            body = store.event_body(event)
            assert messages.decode(body).payload["status"] == event.order.status
    assert versions == {order_id: list(range(1, order.version + 1)) for order_id, order in end.orders.items()}


@given(commands=commands, size=st.integers(1, 30))
def test_created_at_never_changes_and_follows_the_order_of_processing(commands: list[Envelope], size: int) -> None:
    state = shop()
    seen: dict[str, datetime] = {}
    for number, start in enumerate(range(0, len(commands), size)):
        changes = decide(state, commands[start : start + size], NOW + timedelta(seconds=number))
        for event in changes.events:
            order = event.order
            assert seen.setdefault(order.order_id, order.created_at) == order.created_at
        state = after(state, changes)
    assert sorted(seen.values()) == list(seen.values())
    assert len(set(seen.values())) == len(seen)


def only(changes: Changes) -> tuple[Order, Outcome, Reason | None]:
    (done,) = changes.processed
    (order,) = changes.orders.values()
    return order, done.outcome, done.reason


def test_a_place_takes_stock_at_todays_price() -> None:
    changes = decide(shop(), [place("ann", "k1", [("TEA", 2), ("MUG", 1), ("TEA", 1)])], NOW)
    order, outcome, reason = only(changes)
    assert (order.status, order.version, outcome, reason) == (Status.CONFIRMED, 1, Outcome.CONFIRMED, None)
    assert order.total_cents == 3 * 100 + 200
    assert changes.stock() == {"MUG": -1, "TEA": -3}
    # One movement per command and product, however many lines name it.
    assert [(move.sku, move.quantity) for move in changes.movements] == [("MUG", -1), ("TEA", -3)]


def test_a_place_that_asks_for_too_much_is_rejected_and_takes_nothing() -> None:
    changes = decide(shop(RARE=2), [place("ann", "k1", [("TEA", 1), ("RARE", 2), ("RARE", 1)])], NOW)
    order, outcome, reason = only(changes)
    assert (order.status, outcome, reason) == (Status.REJECTED, Outcome.REJECTED, Reason.OUT_OF_STOCK)
    assert changes.movements == []


def test_a_place_of_an_unknown_product_is_rejected_and_the_line_costs_nothing() -> None:
    order, outcome, reason = only(decide(shop(), [place("ann", "k1", [("TEA", 1), ("UNKNOWN", 9)])], NOW))
    assert (order.status, outcome, reason) == (Status.REJECTED, Outcome.REJECTED, Reason.UNKNOWN_SKU)
    assert order.total_cents == 100


def test_a_cancel_gives_back_what_the_order_took() -> None:
    state, _ = run(shop(RARE=3), [[place("ann", "k1", [("RARE", 3)])]])
    changes = decide(state, [cancel("ann", "k1")], NOW)
    order, outcome, reason = only(changes)
    assert (order.status, order.version, outcome, reason) == (Status.CANCELLED, 2, Outcome.CANCELLED, None)
    assert changes.stock() == {"RARE": 3}


def test_what_a_cancel_gives_back_may_be_taken_in_the_same_batch() -> None:
    state, _ = run(shop(RARE=3), [[place("ann", "k1", [("RARE", 3)])]])
    changes = decide(state, [cancel("ann", "k1"), place("bob", "k1", [("RARE", 3)])], NOW)
    assert [done.outcome for done in changes.processed] == [Outcome.CANCELLED, Outcome.CONFIRMED]
    assert changes.stock() == {}


def test_a_cancel_that_comes_first_leaves_a_tombstone_that_the_place_fills() -> None:
    _, history = run(shop(), [[cancel("ann", "k1")], [place("ann", "k1", [("TEA", 2)])]])
    tombstone, outcome, reason = only(history[0])
    assert (tombstone.status, tombstone.version, tombstone.lines) == (Status.CANCELLED, 1, ())
    assert (outcome, reason) == (Outcome.CANCELLED, Reason.CANCELLED_FIRST)
    filled, outcome, reason = only(history[1])
    assert (filled.status, filled.version, filled.total_cents) == (Status.CANCELLED, 2, 200)
    assert (outcome, reason) == (Outcome.CANCELLED, Reason.CANCELLED_FIRST)
    assert filled.created_at == tombstone.created_at
    assert history[1].movements == []


def test_a_cancel_of_what_is_final_only_leaves_its_outcome() -> None:
    state, _ = run(shop(RARE=0), [[place("ann", "k1", [("RARE", 1)])]])
    changes = decide(state, [cancel("ann", "k1")], NOW)
    assert [done.outcome for done in changes.processed] == [Outcome.ALREADY_FINAL]
    assert (changes.orders, changes.events, changes.movements) == ({}, [], [])


def test_under_one_key_the_first_body_wins() -> None:
    changes = decide(shop(), [place("ann", "k1", [("TEA", 1)]), place("ann", "k1", [("MUG", 9)])], NOW)
    order, _, _ = only(changes)
    assert [line.sku for line in order.lines] == ["TEA"]
    assert changes.repeats == 1


def test_a_second_place_of_an_order_under_another_id_breaks_the_contract() -> None:
    state, _ = run(shop(), [[place("ann", "k1", [("TEA", 1)])]])
    forged = replace(place("ann", "k1", [("TEA", 1)]), message_id=identity.message_id("ann", "k9", messages.PLACE))
    with pytest.raises(InvalidMessage, match="placed by another command"):
        decide(state, [forged], NOW)


def test_only_commands_on_ones_own_orders_are_taken() -> None:
    examine(place("ann", "k1", [("TEA", 1)]))
    examine(cancel("ann", "k1"))
    with pytest.raises(InvalidMessage, match="cannot be one of user bob"):
        examine(replace(place("ann", "k1", [("TEA", 1)]), user_id="bob"))
    with pytest.raises(InvalidMessage, match="must have the message_id"):
        examine(replace(cancel("ann", "k1"), message_id=identity.message_id("ann", "k1", messages.CANCEL)))
    changed = replace(cancel("ann", "k1"), type=messages.CHANGED)
    with pytest.raises(InvalidMessage, match="is no command"):
        examine(changed)
