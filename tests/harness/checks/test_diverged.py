import pytest

from harness.checks import diverged
from harness.checks.facts import Line


def check(world):
    return diverged.check(world.operations, world.facts())


def test_equal_stores_pass(good):
    result = check(good)
    assert (result.verdict, result.examined) == ("pass", 5 + 2)


def test_an_order_missing_in_the_read_model_is_caught(good):
    order_id, order = good.documents.popitem()
    assert check(good).examples == (
        f"order {order_id}: missing in the read model; MySQL has status {order.status}, version {order.version}",
    )


def test_an_order_only_in_the_read_model_is_caught(good):
    order_id, order = good.orders.popitem()
    assert check(good).examples == (
        f"order {order_id}: only in the read model, with status {order.status}, version {order.version}",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_id", "eve"), ("status", "CANCELLED"), ("reason", "out_of_stock"), ("lines", (Line("TEA", 1, 1),)),
        ("total_cents", 1), ("currency", "USD"), ("version", 7), ("created_at", "2026-01-31T00:00:00.000001"),
        ("updated_at", None),
    ],
)  # fmt: skip
def test_any_field_that_differs_is_named(world, field, value):
    order_id = world.place("ann", "key-1", TEA=2)
    world.documents[order_id] = world.documents[order_id]._replace(**{field: value})
    result = check(world)
    assert (result.verdict, result.count) == ("fail", 1)
    assert result.examples[0].startswith(f"order {order_id}: {field} is ")
    assert f"{value!r} in the read model" in result.examples[0]


def test_products_are_compared_too(good):
    facts = good.facts()
    tea, mug = facts.documents.products
    documents = type(facts.documents)(facts.documents.orders, (tea._replace(price_cents=1),), ())
    result = diverged.check(good.operations, good.facts(documents=documents))
    assert result.examples == (
        "product TEA: price_cents is 300 in MySQL and 1 in the read model",
        f"product MUG: missing in the read model; MySQL has name {mug.name}",
    )


def test_a_catalogue_alone_is_unknown(world):
    assert check(world).verdict == "unknown"
