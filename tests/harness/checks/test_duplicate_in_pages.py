import pytest

from harness.checks import duplicate_in_pages


@pytest.fixture
def orders(world):
    """Five orders of ann, the oldest first."""
    return [world.place("ann", f"key-{number}", TEA=1) for number in range(5)]


def check(world):
    return duplicate_in_pages.check(world.operations, world.facts())


def test_lists_that_grow_at_the_front_pass(world, orders):
    world.list("ann", orders[1], orders[0])
    world.list("ann", *reversed(orders))
    world.list("ann", *reversed(orders[2:]))  # the first pages only
    result = check(world)
    assert (result.verdict, result.examined) == ("pass", 3)


def test_an_order_that_is_shown_twice_is_caught(world, orders):
    world.list("ann", orders[2], orders[1], orders[1], orders[0])
    assert check(world).examples == (f"o000005 GET /v1/users/{{id}}/orders by ann: shows order {orders[1]} 2 times",)


def test_an_order_that_is_skipped_between_others_is_caught(world, orders):
    world.list("ann", *reversed(orders))
    world.list("ann", orders[4], orders[3], orders[1])
    assert check(world).examples == (
        f"o000006 GET /v1/users/{{id}}/orders by ann: skips order {orders[2]}, which an earlier list showed",
    )


def test_the_newest_order_that_is_skipped_is_caught(world, orders):
    world.list("ann", *reversed(orders))
    world.list("ann", orders[3])
    assert check(world).count == 1


def test_an_empty_list_skips_everything_shown_before(world, orders):
    world.list("ann", orders[1], orders[0])
    world.list("ann")
    assert check(world).count == 2


def test_what_no_earlier_list_showed_may_still_be_on_its_way(world, orders):
    world.list("ann", orders[4], orders[2])
    world.list("ann", orders[4], orders[2], orders[0])
    assert check(world).verdict == "pass"


def test_a_list_that_overlaps_with_the_one_that_showed_it_owes_nothing(world, orders):
    world.list("ann", *reversed(orders), begin_ms=100, end_ms=120)
    world.list("ann", begin_ms=110, end_ms=130)
    assert check(world).verdict == "pass"


def test_another_users_lists_owe_nothing(world, orders):
    world.list("ann", *reversed(orders))
    world.list("bob")
    assert check(world).verdict == "pass"


def test_lists_without_an_answer_are_not_examined(world, orders):
    world.list("ann", outcome="indeterminate", status=500)
    assert check(world).verdict == "unknown"


def test_without_the_read_model_places_are_those_that_the_api_tells(world):
    first, second = world.place("ann", "key-1", TEA=1), world.place("ann", "key-2", TEA=1)
    world.list("ann", second, first)
    world.list("ann", first)
    result = duplicate_in_pages.check(world.operations, world.facts(documents=None))
    assert (result.verdict, result.examined) == ("fail", 2)
