import pytest

from harness.checks import ordering


def check(world):
    return ordering.check(world.operations, world.facts())


@pytest.fixture
def order_id(world):
    """An order at version 2."""
    order_id = world.place("ann", "key-1", TEA=1)
    world.cancel("ann", order_id)
    return order_id


def test_versions_that_follow_each_other_pass(world, order_id):
    result = check(world)
    assert (result.verdict, result.examined) == ("pass", 1)


@pytest.mark.parametrize(
    ("versions", "shown"), [([2], "[2]"), ([1], "[1]"), ([1, 3], "[1, 3]"), ([0, 1, 2], "[0, 1, 2]"), ([], "(none)")]
)
def test_a_gap_or_a_wrong_end_is_caught(world, order_id, versions, shown):
    event = world.outbox[0]
    world.outbox[:] = [event._replace(event_id=f"e{version}", version=version) for version in versions]
    assert check(world).examples == (f"order {order_id}: has version 2, but its events have the versions {shown}",)


def test_a_gap_with_the_right_count_is_caught(world, order_id):
    world.change(order_id, version=2)
    world.outbox[0] = world.outbox[0]._replace(version=3)
    assert check(world).count == 1


def test_a_read_model_at_another_version_is_caught(world, order_id):
    world.documents[order_id] = world.documents[order_id]._replace(version=1)
    assert check(world).examples == (f"order {order_id}: has version 2 and 1 in the read model",)


def test_a_repeated_event_is_none_of_it(world, order_id):
    world.outbox.append(world.outbox[0])
    assert check(world).verdict == "pass"
