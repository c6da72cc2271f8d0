import pytest

from contracts import identity
from harness.checks import duplicate_effect
from harness.checks.facts import Movement


def check(world):
    return duplicate_effect.check(world.operations, world.facts())


def test_everything_once_passes(good):
    result = check(good)
    assert (result.verdict, result.count) == ("pass", 0)


@pytest.mark.parametrize("table", ["inbox", "outbox", "users", "notifications", "movements"])
def test_a_row_that_is_there_twice_is_caught(good, table):
    rows = getattr(good, table)
    rows.append(rows[-1])
    result = check(good)
    assert (result.verdict, result.count) == ("fail", 1)
    assert "2 " in result.examples[0]


def test_an_order_that_is_there_twice_is_caught(good):
    facts = good.facts()
    orders = (*facts.mysql.orders, facts.mysql.orders[0])
    mysql = type(facts.mysql)(**{**vars(facts.mysql), "orders": orders})
    result = duplicate_effect.check(good.operations, good.facts(mysql=mysql))
    assert (result.verdict, result.count) == ("fail", 1)


def test_stock_taken_for_one_order_by_two_commands_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=1)
    world.movements.append(Movement("another message", "TEA", order_id, -1))
    result = check(world)
    assert (result.verdict, result.count) == ("fail", 1)
    assert "taken from stock by two commands" in result.examples[0]


def test_stock_taken_and_given_back_is_no_duplicate(world):
    world.cancel("ann", world.place("ann", "key-1", TEA=1))
    assert check(world).verdict == "pass"


def test_two_notifications_of_one_version_are_caught_whatever_their_ids(world):
    world.place("ann", "key-1", TEA=1)
    world.notifications.append(world.notifications[0]._replace(event_id="another"))
    assert check(world).count == 1


def test_two_events_of_one_version_are_caught_whatever_their_ids(world):
    world.place("ann", "key-1", TEA=1)
    world.outbox.append(world.outbox[0]._replace(event_id="another"))
    assert check(world).count == 1


def test_an_order_with_more_versions_than_commands_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=1)
    world.change(order_id, version=2)
    result = check(world)
    assert result.examples == (f"orders: order {order_id} has version 2 after 1 commands",)


def test_only_ten_of_many_are_put_into_words(world):
    for number in range(25):
        world.place("ann", f"key-{number}", TEA=1)
    world.inbox.extend(list(world.inbox))
    result = check(world)
    assert (result.count, len(result.examples)) == (25, 10)


def test_different_orders_of_one_user_are_no_duplicates(world):
    assert world.place("ann", "key-1", TEA=1) != world.place("ann", "key-2", TEA=1)
    assert identity.order_id("ann", "key-1") in world.orders
    assert check(world).verdict == "pass"
