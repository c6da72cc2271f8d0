import pytest

from harness.checks import phantom
from harness.checks.facts import InboxRow, Movement, Notification, OutboxRow, User


def test_effects_of_attempts_are_no_phantoms_whatever_became_of_the_attempt(world):
    world.create_user("ann", "indeterminate")
    world.place("ann", "key-1", "indeterminate", TEA=1)
    world.place("ann", "key-2", "refused", TEA=1)  # resurrected, but attempted
    result = phantom.check(world.operations, world.facts())
    assert (result.verdict, result.count) == ("pass", 0)
    assert result.examined == 2 * 5 + 1  # inbox, order, movement, event, notification of two orders, and a user


@pytest.mark.parametrize(
    ("table", "row", "text"),
    [
        ("inbox", InboxRow("m", "order.place", "ann", "x", "CONFIRMED", None), "inbox: nobody sent message m"),
        ("movements", Movement("m", "TEA", "x", -1), "stock_movements: nobody sent message m"),
        ("outbox", OutboxRow("e", "x", 1, True), "outbox: event e tells of order x"),
        ("users", User("eve", "k", "0" * 64, "Eve", "eve@customers.example"), "users: nobody asked for user eve"),
        ("notifications", Notification("e", "x", "ann", 1, "CONFIRMED"), "notifications: e tells of order x version 1"),
    ],
)
def test_an_effect_that_nobody_attempted_is_a_phantom(good, table, row, text):
    getattr(good, table).append(row)
    result = phantom.check(good.operations, good.facts())
    assert (result.verdict, result.count) == ("fail", 1)
    assert result.examples[0].startswith(text)


def test_an_order_that_nobody_asked_for_is_a_phantom(world):
    world.place("ann", "key-1", TEA=1)
    world.operations.clear()
    result = phantom.check(world.operations, world.facts())
    assert (result.verdict, result.count) == ("fail", 4)
    assert any(example.startswith("orders: nobody asked for order") for example in result.examples)


def test_lines_of_an_order_that_does_not_exist_are_a_phantom(good):
    facts = good.facts()
    mysql = type(facts.mysql)(**{**vars(facts.mysql), "lines_without_order": ("x",)})
    assert phantom.check(good.operations, good.facts(mysql=mysql)).count == 1


def test_initial_stock_is_nobodys_and_no_phantom(world):
    assert phantom.check(world.operations, world.facts()).verdict == "unknown"
