from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from database_scaler.decision import Action, Cluster, Decision, Instance, Limits, Raised, decide, last_action, prefix

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
LIMITS = Limits(minimum=2, maximum=4, cooldown_out_s=600, cooldown_in_s=1800)
OUT, IN, BOTH, CALM = Raised(True, False), Raised(False, True), Raised(True, True), Raised(False, False)

WRITER = Instance("orders-1", "available", writer=True, ours=False, created_at=LONG_AGO)
READER = Instance("orders-2", "available", writer=False, ours=False, created_at=LONG_AGO)


def scaled(number: int, *, age_s: float = 86400.0, status: str = "available", writer: bool = False) -> Instance:
    born = NOW - timedelta(seconds=age_s)
    return Instance(f"orders-scaled-{number}", status, writer, ours=True, created_at=born)


def cluster(*instances: Instance, acted_s_ago: float | None = None, status: str = "available") -> Cluster:
    acted_at = None if acted_s_ago is None else NOW - timedelta(seconds=acted_s_ago)
    return Cluster("orders", "arn:cluster:orders", status, instances, acted_at)


def step(state: Cluster, raised: Raised, limits: Limits = LIMITS) -> tuple[Action, str | None]:
    decision = decide(state, raised, limits, NOW)
    assert decision.reason
    return decision.action, decision.instance


def test_more_load_adds_one_and_less_load_removes_the_newest_of_ours() -> None:
    assert step(cluster(WRITER, READER), OUT) == (Action.ADD, "orders-scaled-1")
    assert step(cluster(WRITER, READER, scaled(1)), OUT) == (Action.ADD, "orders-scaled-2")
    grown = cluster(WRITER, READER, scaled(1, age_s=9000), scaled(2, age_s=5000))
    assert step(grown, IN) == (Action.REMOVE, "orders-scaled-2")
    reversed_ages = cluster(WRITER, READER, scaled(1, age_s=5000), scaled(2, age_s=9000))
    assert step(reversed_ages, IN) == (Action.REMOVE, "orders-scaled-1")


def test_a_name_that_came_free_is_taken_again() -> None:
    assert step(cluster(WRITER, READER, scaled(2)), OUT) == (Action.ADD, "orders-scaled-1")


def test_more_load_wins_over_less() -> None:
    assert step(cluster(WRITER, READER, scaled(1)), BOTH) == (Action.ADD, "orders-scaled-2")


def test_the_bounds_hold_with_all_instances_counted() -> None:
    assert step(cluster(WRITER, READER, scaled(1), scaled(2)), OUT)[0] is Action.NONE
    assert step(cluster(WRITER, READER), IN)[0] is Action.NONE
    assert step(cluster(WRITER), CALM) == (Action.ADD, "orders-scaled-1")
    assert step(cluster(WRITER), IN) == (Action.ADD, "orders-scaled-1")


def test_above_the_maximum_ours_go_unless_the_load_is_high() -> None:
    lowered = replace(LIMITS, maximum=2)
    assert step(cluster(WRITER, READER, scaled(1)), CALM, lowered) == (Action.REMOVE, "orders-scaled-1")
    assert step(cluster(WRITER, READER, scaled(1)), OUT, lowered)[0] is Action.NONE


@pytest.mark.parametrize("status", ["creating", "deleting", "modifying", "backing-up", "failed", "not listed"])
def test_it_waits_while_an_instance_is_not_available(status: str) -> None:
    for raised in (OUT, IN):
        decision = decide(cluster(WRITER, READER, scaled(1, status=status)), raised, LIMITS, NOW)
        assert (decision.action, decision.reason) == (Action.NONE, f"orders-scaled-1 is {status}")
    assert step(cluster(WRITER, READER, status="upgrading"), OUT)[0] is Action.NONE


def test_without_a_writer_it_waits() -> None:
    assert step(cluster(), OUT) == (Action.NONE, None)
    assert step(cluster(READER), CALM) == (Action.NONE, None)


@pytest.mark.parametrize(("ago_s", "acts"), [(0, False), (599, False), (600, True), (-30, False)])
def test_an_addition_waits_for_the_cooldown(ago_s: float, acts: bool) -> None:
    assert (step(cluster(WRITER, READER, acted_s_ago=ago_s), OUT)[0] is Action.ADD) == acts
    # The note is lost: the birth of our instance tells.
    assert (step(cluster(WRITER, READER, scaled(1, age_s=ago_s)), OUT)[0] is Action.ADD) == acts


@pytest.mark.parametrize(("ago_s", "acts"), [(0, False), (1799, False), (1800, True)])
def test_a_removal_waits_for_its_own_longer_one(ago_s: float, acts: bool) -> None:
    assert (step(cluster(WRITER, READER, scaled(1), acted_s_ago=ago_s), IN)[0] is Action.REMOVE) == acts


def test_instances_of_others_are_no_action_of_ours() -> None:
    assert step(cluster(WRITER, replace(READER, created_at=NOW)), OUT)[0] is Action.ADD


def test_the_writer_stays_though_we_made_it() -> None:
    assert step(cluster(replace(WRITER, writer=False), READER, scaled(1, writer=True)), IN) == (Action.NONE, None)
    both = cluster(replace(WRITER, writer=False), READER, scaled(1), scaled(2, writer=True, age_s=60_000))
    assert step(both, IN) == (Action.REMOVE, "orders-scaled-1")


# Any state, and any limits.

moments = st.integers(-7200, 7200).map(lambda seconds: NOW + timedelta(seconds=seconds))
statuses = st.sampled_from(["available"] * 8 + ["creating", "deleting", "modifying", "not listed"])
limits_ = st.builds(
    lambda low, more, out_s, in_s: Limits(low, min(16, low + more), out_s, in_s),
    st.integers(1, 16), st.integers(0, 15), st.integers(60, 7200), st.integers(60, 7200),
)  # fmt: skip


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    names = draw(
        st.lists(
            st.one_of(
                st.integers(1, 20).map(lambda n: f"orders-{n}"), st.integers(1, 20).map(lambda n: f"orders-scaled-{n}")
            ),
            unique=True, max_size=18,
        )
    )  # fmt: skip
    writer = draw(st.integers(-1, len(names) - 1))
    instances = tuple(
        Instance(
            identifier=name,
            status=draw(statuses),
            writer=number == writer,
            ours=name.startswith("orders-scaled-") and draw(st.booleans()),
            created_at=draw(st.none() | moments),
        )
        for number, name in enumerate(names)
    )
    status = draw(st.sampled_from(["available"] * 5 + ["modifying"]))
    return Cluster("orders", "arn:cluster:orders", status, instances, draw(st.none() | moments))


raised_ = st.builds(Raised, st.booleans(), st.booleans())


@settings(deadline=None)
@given(clusters(), raised_, limits_)
def test_whatever_the_state_no_rule_is_broken(state: Cluster, raised: Raised, limits: Limits) -> None:
    decision = decide(state, raised, limits, NOW)
    count = len(state.instances)
    by_name = {instance.identifier: instance for instance in state.instances}
    assert (decision.action is Action.NONE) == (decision.instance is None)
    if decision.action is Action.NONE:
        return
    assert state.status == "available"
    assert all(instance.status == "available" for instance in state.instances)
    rest_s = limits.cooldown_out_s if decision.action is Action.ADD else limits.cooldown_in_s
    for moment in (state.acted_at, *(each.created_at for each in state.instances if each.ours)):
        assert moment is None or NOW - moment >= timedelta(seconds=rest_s)
    if decision.action is Action.ADD:
        assert count + 1 <= limits.maximum
        assert count < limits.minimum or raised.scale_out
        assert decision.instance not in by_name
        assert (decision.instance or "").startswith(prefix("orders"))
    else:
        assert count - 1 >= limits.minimum
        assert not raised.scale_out
        assert raised.scale_in or count > limits.maximum
        gone = by_name[decision.instance or ""]
        assert gone.ours
        assert not gone.writer
        peers = [each for each in state.instances if each.ours and not each.writer]
        assert all(not each.created_at or not gone.created_at or each.created_at <= gone.created_at for each in peers)


@settings(deadline=None)
@given(clusters(), raised_, limits_)
def test_two_who_see_the_same_decide_the_same(state: Cluster, raised: Raised, limits: Limits) -> None:
    shuffled = replace(state, instances=tuple(reversed(state.instances)))
    first, second = decide(state, raised, limits, NOW), decide(shuffled, raised, limits, NOW)
    assert (first.action, first.instance) == (second.action, second.instance)


@settings(deadline=None, max_examples=50)
@given(
    clusters(),
    limits_,
    st.lists(st.tuples(raised_, st.integers(0, 3)), max_size=12),
    raised_,
    st.integers(1, 6),
)
def test_it_converges_and_then_rests(
    state: Cluster, limits: Limits, weather: Sequence[tuple[Raised, int]], last: Raised, looks: int
) -> None:
    """Alarms come and go, changes take some looks to be done, and at last the alarms stay as they are."""
    assume(any(instance.writer for instance in state.instances))
    longest_s = max(limits.cooldown_out_s, limits.cooldown_in_s)
    between = timedelta(seconds=longest_s / looks)
    state = replace(state, status="available", instances=tuple(_settled(each) for each in state.instances))
    now, under_way, quiet, actions = NOW, 0, 0, 0
    changes = iter(weather)
    # A cooldown long, and two hours: the notes and births of `clusters` are up to that much ahead of the clock.
    enough = looks * (1 + 7200 / longest_s) + 5
    while quiet <= enough:
        raised, lag = next(changes, (last, 1))
        now += between
        under_way = max(0, under_way - 1)
        if not under_way:
            kept = tuple(_settled(each, now) for each in state.instances if each.status != "deleting")
            state = replace(state, instances=kept)
        decision = decide(state, raised, limits, now)
        quiet += 1
        if decision.action is not Action.NONE:
            assert not under_way
            before = len(state.instances)
            state, under_way, quiet, actions = _begun(state, decision, now), lag, 0, actions + 1
            assert len(state.instances) <= max(limits.maximum, before)
        assert actions <= len(weather) + 32
    count = len(state.instances)
    removable = any(each.ours and not each.writer for each in state.instances)
    assert count >= limits.minimum
    if last.scale_out:
        assert count >= limits.maximum
    else:
        assert count <= (limits.minimum if last.scale_in else limits.maximum) or not removable


def _settled(instance: Instance, now: datetime = NOW) -> Instance:
    return replace(instance, status="available", created_at=instance.created_at or now)


def _begun(state: Cluster, decision: Decision, now: datetime) -> Cluster:
    """The cluster right after the step: an instance comes or goes."""
    assert decision.instance is not None
    if decision.action is Action.ADD:
        instances = (*state.instances, Instance(decision.instance, "creating", False, True, None))
    else:
        instances = tuple(
            replace(each, status="deleting") if each.identifier == decision.instance else each
            for each in state.instances
        )
    return replace(state, instances=instances, acted_at=now)


def test_the_last_action_is_the_latest_that_anything_tells() -> None:
    assert last_action(cluster(WRITER, READER)) is None
    assert last_action(cluster(WRITER, scaled(1, age_s=50), acted_s_ago=70)) == NOW - timedelta(seconds=50)
    assert last_action(cluster(WRITER, scaled(1, age_s=90), acted_s_ago=70)) == NOW - timedelta(seconds=70)
