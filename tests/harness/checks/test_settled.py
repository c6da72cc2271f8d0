from harness.checks.settled import check, settled


def test_what_users_can_see_passes(good):
    result = check(good.operations, good.facts())
    assert (result.verdict, result.examined) == ("pass", 5)


def test_an_acknowledged_order_that_the_api_does_not_know_is_caught(good):
    lost = good.ask("ann", "key-9", TEA=1)
    result = check(good.operations, good.facts())
    assert (result.verdict, result.count) == ("fail", 1)
    assert result.examples == (
        f"{good.operations[-1].op} POST /v1/orders by ann: acknowledged, but the API does not know order {lost}",
    )


def test_an_order_that_nobody_was_promised_need_not_be_known(good):
    good.ask("ann", "key-9", "indeterminate", TEA=1)
    good.ask("ann", "key-10", "refused", TEA=1)
    assert check(good.operations, good.facts()).verdict == "pass"


def test_an_acknowledged_cancel_that_left_the_order_confirmed_is_caught(world):
    order = world.place("ann", "key-1", TEA=1)
    world.cancel("ann", order)
    world.change(order, status="CONFIRMED")
    [example] = check(world.operations, world.facts()).examples
    assert example.endswith(f"acknowledged, but order {order} is CONFIRMED")
    cancel = world.operations[-1]
    assert not settled(cancel, world.orders[order])
    assert settled(cancel, world.orders[order]._replace(status="REJECTED"))
    assert not settled(cancel, None)


def test_other_lines_and_totals_than_asked_for_are_caught(world):
    order = world.place("ann", "key-1", TEA=2)
    [line] = world.orders[order].lines
    world.change(order, lines=(line._replace(quantity=3),), total_cents=3 * line.unit_price_cents)
    assert "has other lines than were asked for" in check(world.operations, world.facts()).examples[0]
    world.change(order, lines=(line,), total_cents=1)
    assert "has a total of 1 cents" in check(world.operations, world.facts()).examples[0]


def test_a_cancel_that_came_first_leaves_an_order_without_lines(world):
    order = world.place("ann", "key-1", TEA=2)
    world.change(order, status="CANCELLED", reason="cancelled_first", lines=(), total_cents=0)
    assert check(world.operations, world.facts()).verdict == "pass"
    world.change(order, reason=None)
    assert check(world.operations, world.facts()).verdict == "fail"
