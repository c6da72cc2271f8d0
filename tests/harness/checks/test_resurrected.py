import pytest

from harness.checks import resurrected


def test_refused_without_effect_passes(world):
    world.ask("ann", "key-1", "refused", TEA=0)
    world.create_user("bob", "refused", effect=False)
    result = resurrected.check(world.operations, world.facts())
    assert (result.verdict, result.examined) == ("pass", 2)


def test_a_refused_place_that_took_effect_is_resurrected(world):
    world.place("ann", "key-1", "refused", TEA=1)
    result = resurrected.check(world.operations, world.facts())
    assert (result.verdict, result.count) == ("fail", 1)
    assert "refused with 422, but message" in result.examples[0]


def test_a_refused_place_whose_order_exists_is_resurrected_even_without_inbox_row(world):
    order_id = world.place("ann", "key-1", "refused", TEA=1)
    world.inbox.clear()
    assert f"but order {order_id} exists" in resurrected.check(world.operations, world.facts()).examples[0]


def test_a_refused_cancel_that_took_effect_is_resurrected(world):
    order_id = world.place("ann", "key-1", TEA=1)
    world.cancel("ann", order_id, "refused")
    assert resurrected.check(world.operations, world.facts()).count == 1


def test_a_refused_user_that_exists_is_resurrected(world):
    world.create_user("ann", "refused")
    assert resurrected.check(world.operations, world.facts()).count == 1


def test_a_key_that_is_used_again_and_refused_leaves_the_user_as_it_was(world):
    world.create_user("ann")
    world.create_user("ann", "refused", effect=False, email="not.ann@customers.example")
    result = resurrected.check(world.operations, world.facts())
    assert (result.verdict, result.examined) == ("pass", 1)


@pytest.mark.parametrize("fields", [("request_hash", "name", "email"), ("name", "email"), ("request_hash",)])
def test_a_refused_request_that_overwrites_the_user_is_caught(world, fields):
    world.create_user("ann")
    world.create_user("ann", "refused", email="not.ann@customers.example")
    overwriting = world.users.pop()
    world.users[0] = world.users[0]._replace(**{field: getattr(overwriting, field) for field in fields})
    result = resurrected.check(world.operations, world.facts())
    assert (result.verdict, result.count) == ("fail", 1)
    assert "refused with 422, but the user is there as Ann <" in result.examples[0]


def test_a_request_of_unknown_outcome_may_have_been_the_first(world):
    world.create_user("ann", "indeterminate", email="first@customers.example")
    world.create_user("ann", "refused", effect=False)
    assert resurrected.check(world.operations, world.facts()).verdict == "pass"


def test_an_effect_that_an_entitled_request_may_have_had_is_not_the_refused_ones(world):
    world.ask("ann", "key-1", "refused", TEA=1)
    world.place("ann", "key-1", "indeterminate", TEA=1)
    world.create_user("bob", "refused", effect=False)
    world.create_user("bob")
    result = resurrected.check(world.operations, world.facts())
    assert (result.verdict, result.examined) == ("pass", 2)


def test_a_refused_cancel_of_anothers_order_leaves_that_order_alone(world):
    order_id = world.place("ann", "key-1", TEA=1)
    world.operate("POST /v1/orders/{id}/cancel", "eve", "refused", order_id=order_id)
    result = resurrected.check(world.operations, world.facts())
    assert (result.verdict, result.examined) == ("pass", 1)


def test_a_refused_request_without_key_is_counted(world):
    world.operate("POST /v1/orders", "ann", "refused")
    result = resurrected.check(world.operations, world.facts())
    assert (result.verdict, result.examined) == ("pass", 1)
