import pytest

from contracts import identity, messages
from harness.checks import outcomes
from harness.checks.facts import InboxRow, Line


def check(world):
    return outcomes.check(world.operations, world.facts())


def spoil_inbox(world, **fields):
    world.inbox[-1] = world.inbox[-1]._replace(**fields)


def test_outcomes_that_fit_pass(good):
    result = check(good)
    assert (result.verdict, result.examined) == ("pass", 6 + 5)


def test_a_tombstone_alone_and_one_that_was_filled_in_pass(world):
    for key, filled in (("key-1", False), ("key-2", True)):
        order_id = world.place("ann", key, TEA=1)
        place = world.inbox.pop()
        cancel = identity.message_id("ann", order_id, messages.CANCEL)
        world.inbox.append(InboxRow(cancel, messages.CANCEL, "ann", order_id, "CANCELLED", "cancelled_first"))
        world.change(order_id, status="CANCELLED", reason="cancelled_first")
        if filled:
            world.inbox.append(place._replace(outcome="CANCELLED", reason="cancelled_first"))
            world.change(order_id, version=2)
        else:
            world.change(order_id, lines=(), total_cents=0)
    assert check(world).verdict == "pass"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"order_id": "x"}, "came to CONFIRMED, but there is no such order"),
        ({"outcome": "ALREADY_FINAL"}, "came to ALREADY_FINAL, which is no outcome of this command"),
        ({"outcome": "DONE"}, "came to DONE, which is no outcome of this command"),
        ({"outcome": "CANCELLED"}, "came to CANCELLED, but the order is CONFIRMED"),
        ({"outcome": "REJECTED"}, "came to REJECTED, but the order is CONFIRMED"),
        ({"user_id": "eve"}, "was sent by eve, but the order is ann's"),
        ({"type": "order.cancel", "outcome": "CONFIRMED"}, "came to CONFIRMED, which is no outcome of this command"),
    ],
)
def test_an_inbox_row_that_does_not_fit_its_order_is_caught(world, fields, wrong):
    world.place("ann", "key-1", TEA=1)
    spoil_inbox(world, **fields)
    result = check(world)
    assert result.verdict == "fail"
    assert result.examples[0].endswith(wrong)


def test_an_order_of_another_user_than_its_id_says_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=1)
    world.change(order_id, user_id="eve")
    spoil_inbox(world, user_id="eve")
    assert check(world).examples[0].endswith("was sent by eve, but the order is eve's")


def test_a_rejection_without_reason_is_caught(world):
    world.place("ann", "key-1", TEA=1000)
    spoil_inbox(world, reason=None)
    assert check(world).examples[0].endswith("came to REJECTED for the reason None")


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        ("CONFIRMED", "no order.place came to CONFIRMED"),
        ("REJECTED", "no order.place came to REJECTED"),
        ("CANCELLED", "no order.cancel came to CANCELLED"),
        ("SHIPPED", "this is no status"),
    ],
)
def test_an_order_whose_status_nothing_brought_about_is_caught(world, status, wrong):
    order_id = world.place("ann", "key-1", TEA=1)
    world.inbox.clear()
    world.change(order_id, status=status)
    assert check(world).examples == (f"order {order_id} of ann ({status}): {wrong}",)


def test_an_order_with_other_lines_than_were_asked_for_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=2)
    world.change(order_id, lines=(Line("TEA", 3, 300),))
    assert check(world).examples == (f"order {order_id} of ann (CONFIRMED): has 3 TEA, but asked for was 2 TEA",)


def test_of_two_bodies_under_one_key_either_may_win_but_no_third(world):
    order_id = world.place("ann", "key-1", TEA=2)
    world.ask("ann", "key-1", MUG=1)
    assert check(world).verdict == "pass"
    world.change(order_id, lines=(Line("MUG", 1, 900),))
    assert check(world).verdict == "pass"
    world.change(order_id, lines=(Line("TEA", 2, 300), Line("MUG", 1, 900)))
    assert check(world).verdict == "fail"


def test_the_body_of_a_refused_request_may_not_win(world):
    order_id = world.place("ann", "key-1", TEA=2)
    world.ask("ann", "key-1", "refused", MUG=1)
    world.change(order_id, lines=(Line("MUG", 1, 900),))
    assert check(world).verdict == "fail"


def test_two_lines_of_one_article_are_as_good_as_one(world):
    order_id = world.place("ann", "key-1", TEA=3)
    world.change(order_id, lines=(Line("TEA", 1, 300), Line("TEA", 2, 300)))
    assert check(world).verdict == "pass"


def test_bodies_are_read_from_their_text_and_nonsense_is_passed_over(world):
    order_id = world.ask("ann", "key-1", TEA=3)
    world.operations.clear()
    world.operate("POST /v1/orders", "ann", key="key-1", order_id=order_id, body="not JSON")
    world.operate("POST /v1/orders", "ann", key="key-1", order_id=order_id, body='{"lines": 3}')
    world.place("ann", "key-1", TEA=3)
    assert check(world).verdict == "pass"


def test_an_order_whose_place_lost_its_lines_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=2)
    world.cancel("ann", order_id)
    world.change(order_id, lines=())
    assert check(world).examples[0].endswith("has nothing, but asked for was 2 TEA")


def test_lines_that_no_place_brought_are_caught(world):
    order_id = world.place("ann", "key-1", TEA=2)
    world.cancel("ann", order_id)
    del world.inbox[0]
    assert check(world).examples[0].endswith("has 2 TEA, but no order.place was done")


def test_a_price_that_is_not_the_catalogues_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=2)
    world.change(order_id, lines=(Line("TEA", 2, 1),))
    assert check(world).examples[0].endswith("sells TEA for 1 cents, which costs 300")


def test_a_confirmed_order_of_an_unknown_article_is_caught(world):
    order_id = world.place("ann", "key-1", HAT=1)
    spoil_inbox(world, outcome="CONFIRMED", reason=None)
    world.change(order_id, status="CONFIRMED")
    assert check(world).examples[0].endswith("sells HAT, which the catalogue does not have")


def test_a_rejection_for_an_unknown_article_that_is_known_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=1000)
    world.change(order_id, reason="unknown_sku")
    assert check(world).examples[0].endswith("rejected for an unknown article, but the catalogue has them all")
