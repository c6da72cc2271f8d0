"""Over all worlds: a right one never fails, and no change to its effects goes unnoticed."""

from hypothesis import assume, given
from hypothesis import strategies as st

from harness.checks import run_all

users = st.sampled_from(["ann", "bob"])
outcomes = st.sampled_from(["acknowledged", "indeterminate"])
baskets = st.dictionaries(st.sampled_from(["TEA", "MUG", "HAT"]), st.integers(1, 60), min_size=1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("place"), users, outcomes, baskets),
        st.tuples(st.just("cancel"), outcomes, st.integers(0)),
        st.tuples(st.just("read"), st.integers(0), st.booleans()),
        st.tuples(st.just("list"), users),
        st.tuples(st.just("refused"), users, baskets),
    ),
    max_size=12,
)

TABLES = ("movements", "inbox", "outbox", "notifications", "orders", "documents")
NUMBER = {
    "movements": "quantity",
    "outbox": "version",
    "notifications": "version",
    "orders": "version",
    "documents": "total_cents",
}


def live(world, script):
    """Carry out the steps as a right system would, after one order that every world has."""
    cancelled = set()
    for number, step in enumerate([("place", "ann", "acknowledged", {"TEA": 1}), *script]):
        placed = list(world.orders)
        match step:
            case "place", user, outcome, basket:
                world.place(user, f"key-{number}", outcome, **basket)
            case "refused", user, basket:
                world.ask(user, f"key-{number}", "refused", **basket)
            case "cancel", outcome, pick:
                order_id = placed[pick % len(placed)]
                if order_id not in cancelled:  # a repeat is absorbed and changes nothing
                    cancelled.add(order_id)
                    world.cancel(world.orders[order_id].user_id, order_id, outcome)
            case "read", pick, sends_min_version:
                order = world.orders[placed[pick % len(placed)]]
                min_version = order.version if sends_min_version else None
                world.read(order.user_id, order.order_id, order.version, min_version=min_version)
            case "list", user:
                own = [order_id for order_id, order in world.orders.items() if order.user_id == user]
                world.list(user, *reversed(own))


def judge(world):
    """The verdicts of all checks that examined something."""
    results = run_all(world.operations, world.facts()).values()
    return {result.verdict for result in results if result.examined or result.verdict != "unknown"}


@given(script=steps)
def test_a_right_world_never_fails(new_world, script):
    world = new_world()
    live(world, script)
    assert judge(world) == {"pass"}


def spoilable(world):
    """(table, key of a row) of each effect that a test may spoil."""
    for table in TABLES:
        rows = getattr(world, table)
        yield from ((table, key) for key in (rows if isinstance(rows, dict) else range(len(rows))))


@given(script=steps, pick=st.integers(0), way=st.sampled_from(["drop", "repeat", "change"]), by=st.integers(1, 3))
def test_no_change_to_an_effect_goes_unnoticed(new_world, script, pick, way, by):
    world = new_world()
    live(world, script)
    places = list(spoilable(world))
    table, key = places[pick % len(places)]
    rows = getattr(world, table)
    row = rows[key]
    without_effect = table == "inbox" and row.outcome == "ALREADY_FINAL"
    if way == "drop":
        # A cancel that changed nothing and was answered to nobody leaves no trace but this row.
        assume(not without_effect)
        del rows[key]
    elif way == "repeat" and isinstance(rows, list):
        rows.append(row)
    elif table == "inbox":
        rows[key] = row._replace(outcome="CANCELLED" if without_effect else "ALREADY_FINAL")
    else:
        rows[key] = row._replace(**{NUMBER[table]: getattr(row, NUMBER[table]) + by})
    assert "fail" in judge(world)
