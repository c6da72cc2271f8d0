import pytest

from harness.checks import notified


def check(world):
    return notified.check(world.operations, world.facts())


@pytest.fixture
def order_id(world):
    """An order at version 2, notified twice."""
    order_id = world.place("ann", "key-1", TEA=1)
    world.cancel("ann", order_id)
    return order_id


def test_one_notification_for_each_event_passes(world, order_id):
    result = check(world)
    assert (result.verdict, result.examined) == ("pass", 2)


def test_an_event_without_notification_is_caught(world, order_id):
    event = world.outbox[0]
    del world.notifications[0]
    assert check(world).examples == (
        f"event {event.event_id} (order {order_id} version 1): published, and has 0 notifications",
    )


def test_an_event_that_was_notified_twice_is_caught(world, order_id):
    world.notifications.append(world.notifications[0])
    assert check(world).examples[0].endswith("published, and has 2 notifications")


@pytest.mark.parametrize(("queue", "verdict"), [("notifications", "pass"), (None, "pass"), ("read-model", "fail")])
def test_an_event_that_was_parked_on_its_way_here_owes_nothing(world, order_id, queue, verdict):
    world.park(world.notifications.pop(0).event_id, queue)
    assert check(world).verdict == verdict


def test_an_event_that_is_not_published_owes_nothing_yet(world, order_id):
    world.outbox[0] = world.outbox[0]._replace(published=False)
    del world.notifications[0]
    result = check(world)
    assert (result.verdict, result.examined) == ("pass", 1)


def test_a_notification_of_another_version_is_caught(world, order_id):
    world.notifications[0] = world.notifications[0]._replace(version=7)
    assert check(world).examples[0].endswith(f"its notification tells of order {order_id} version 7")


@pytest.mark.parametrize("fields", [{"status": "CONFIRMED"}, {"user_id": "eve"}])
def test_a_notification_that_is_not_true_is_caught(world, order_id, fields):
    world.notifications[1] = world.notifications[1]._replace(**fields)
    result = check(world)
    assert (result.verdict, result.count) == ("fail", 1)
    assert "but ann has a CANCELLED order" in result.examples[0]
