from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harness.checks import conservation
from harness.checks.facts import Elsewhere, Line, Movement


def check(world):
    return conservation.check(world.operations, world.facts())


def test_what_adds_up_passes(good):
    result = check(good)
    assert (result.verdict, result.examined) == ("pass", 2 + 5)


def test_stock_that_was_made_is_caught(world):
    world.place("ann", "key-1", TEA=3)
    world.stock["TEA"] += 1
    result = check(world)
    assert result.verdict == "fail"
    assert result.examples == (
        "product TEA: stock is 98, but 100 initially less 3 confirmed are 97",
        "product TEA: stock is 98, but its movements sum to 97",
    )


def test_stock_that_vanished_without_a_movement_is_caught(good):
    good.stock["MUG"] -= 1
    assert check(good).count == 2


def test_negative_stock_is_caught_even_where_the_sums_agree(world):
    world.stock["TEA"] = 1000
    world.place("ann", "key-1", TEA=200)
    world.stock["TEA"] = -100
    result = check(world)
    assert result.examples == ("product TEA: stock is -100",)


def test_a_confirmed_order_without_movement_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=3)
    world.movements.pop()
    world.stock["TEA"] += 3
    result = check(world)
    assert (
        f"order {order_id} (CONFIRMED): its movements of TEA come to -3 more than its lines ask for" in result.examples
    )


def test_stock_taken_twice_for_one_order_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=3)
    world.movements.append(Movement("again", "TEA", order_id, -3))
    world.stock["TEA"] -= 3
    result = check(world)
    assert (
        f"order {order_id} (CONFIRMED): its movements of TEA come to 3 more than its lines ask for" in result.examples
    )


def test_a_cancelled_order_that_kept_its_stock_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=3)
    world.cancel("ann", order_id)
    world.movements.pop()
    world.stock["TEA"] -= 3
    result = check(world)
    assert any(f"order {order_id} (CANCELLED)" in example for example in result.examples)


def test_two_errors_that_cancel_each_other_out_in_stock_are_caught_per_order(world):
    first, second = world.place("ann", "key-1", TEA=2), world.place("ann", "key-2", TEA=2)
    world.movements[-2] = world.movements[-2]._replace(quantity=-1)
    world.movements[-1] = world.movements[-1]._replace(quantity=-3)
    result = check(world)
    assert result.count == 2
    assert first in result.examples[0]
    assert second in result.examples[1]


def test_a_rejected_order_that_took_stock_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=1000)
    world.movements.append(Movement("m", "TEA", order_id, -1))
    world.stock["TEA"] -= 1
    assert any("(REJECTED)" in example for example in check(world).examples)


def test_a_movement_for_an_order_that_does_not_exist_is_caught(world):
    world.movements.append(Movement("m", "TEA", "x", -1))
    assert any("order x (does not exist)" in example for example in check(world).examples)


def test_a_total_that_is_not_the_sum_of_its_lines_is_caught(world):
    order_id = world.place("ann", "key-1", TEA=2)
    world.change(order_id, total_cents=601)
    assert check(world).examples == (f"order {order_id}: total of 601 cents is not the sum of its lines",)


def test_an_article_that_does_not_exist_cannot_be_sold_or_moved(world):
    order_id = world.place("ann", "key-1", TEA=2)
    world.change(order_id, lines=(Line("HAT", 2, 300),))
    world.movements[-1] = world.movements[-1]._replace(sku="HAT")
    assert "product HAT: moved or sold, but does not exist" in check(world).examples


def test_a_tombstone_moves_nothing(world):
    order_id = world.place("ann", "key-1", TEA=1000)
    world.change(order_id, status="CANCELLED", lines=(), total_cents=0)
    assert check(world).verdict == "pass"


def test_a_catalogue_alone_is_unknown(world):
    assert check(world).verdict == "unknown"


steps = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob"]),
        st.dictionaries(st.sampled_from(["TEA", "MUG"]), st.integers(1, 40), min_size=1),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@given(steps=steps, spoilt=st.integers(0), by=st.integers(-5, 5).filter(bool))
def test_any_right_world_passes_and_any_spoilt_movement_is_caught(new_world, steps, spoilt, by):
    world = new_world()
    for number, (user, quantities, cancelled) in enumerate(steps):
        order_id = world.place(user, f"key-{number}", **quantities)
        if cancelled:
            world.cancel(user, order_id)
    assert check(world).verdict == "pass"
    index = spoilt % len(world.movements)
    world.movements[index] = world.movements[index]._replace(quantity=world.movements[index].quantity + by)
    assert check(world).verdict == "fail"


def test_what_others_ordered_adds_up_with_it(world):
    world.place("ann", "key-1", TEA=3)
    world.stock["TEA"] -= 4
    own = [movement for movement in world.movements if movement.order_id]
    facts = world.facts()
    sums = (Elsewhere("TEA", 4, 96), Elsewhere("MUG", 0, 100))
    mysql = replace(facts.mysql, movements=tuple(own), elsewhere=sums)
    assert conservation.check(world.operations, replace(facts, mysql=mysql)).verdict == "pass"
    wrong = replace(mysql, elsewhere=(Elsewhere("TEA", 5, 95), sums[1]))
    assert conservation.check(world.operations, replace(facts, mysql=wrong)).verdict == "fail"
