from contracts import identity, messages
from harness.checks import lost


def test_acknowledged_and_done_or_parked_is_not_lost(world):
    world.create_user("ann")
    world.place("ann", "key-1", TEA=1)
    world.ask("ann", "key-2", TEA=1)
    world.park(identity.message_id("ann", "key-2", messages.PLACE))
    result = lost.check(world.operations, world.facts())
    assert (result.verdict, result.examined, result.count) == ("pass", 3, 0)
    assert result.figures == {"parked_acknowledged": 1, "recovered": 0}


def test_an_acknowledged_order_without_outcome_is_lost(world):
    order_id = world.ask("ann", "key-1", TEA=1)
    result = lost.check(world.operations, world.facts())
    assert (result.verdict, result.examined, result.count) == ("fail", 1, 1)
    assert result.examples[0].startswith("o000000 POST /v1/orders by ann: acknowledged with 202")
    assert order_id in result.examples[0]


def test_an_acknowledged_cancel_without_outcome_is_lost(world):
    order_id = world.place("ann", "key-1", TEA=1)
    world.cancel("ann", order_id)
    world.inbox.pop()
    assert lost.check(world.operations, world.facts()).count == 1


def test_an_acknowledged_user_without_row_is_lost(world):
    world.create_user("ann", effect=False)
    result = lost.check(world.operations, world.facts())
    assert (result.verdict, result.examples) == (
        "fail",
        ("o000000 POST /v1/users by ann: acknowledged with 202, but there is no such user",),
    )


def test_each_acknowledged_repeat_of_a_lost_order_is_lost(world):
    world.ask("ann", "key-1", TEA=1)
    world.ask("ann", "key-1", TEA=1)
    assert lost.check(world.operations, world.facts()).count == 2


def test_another_users_message_under_the_same_key_does_not_stand_in(world):
    world.ask("ann", "key-1", TEA=1)
    world.place("bob", "key-1", TEA=1)
    assert lost.check(world.operations, world.facts()).count == 1


def test_a_place_that_was_done_does_not_stand_in_for_its_cancel(world):
    order_id = world.place("ann", "key-1", TEA=1)
    world.operate("POST /v1/orders/{id}/cancel", "ann", order_id=order_id)  # the message's id is derived
    assert lost.check(world.operations, world.facts()).count == 1


def test_an_acknowledged_order_without_key_cannot_be_found_again(world):
    world.operate("POST /v1/orders", "ann", body={"lines": []})
    assert "without an idempotency key" in lost.check(world.operations, world.facts()).examples[0]


def test_what_was_refused_or_unknown_is_not_lost(world):
    world.ask("ann", "key-1", "refused", TEA=1)
    world.ask("ann", "key-2", "indeterminate", TEA=1)
    world.place("ann", "key-3", "indeterminate", TEA=1)
    world.create_user("bob", "indeterminate")
    world.place("ann", "key-4", TEA=1)
    result = lost.check(world.operations, world.facts())
    assert (result.verdict, result.examined, result.figures["recovered"]) == ("pass", 1, 2)


def test_nothing_acknowledged_is_unknown(world):
    world.place("ann", "key-1", "indeterminate", TEA=1)
    assert lost.check(world.operations, world.facts()).verdict == "unknown"
