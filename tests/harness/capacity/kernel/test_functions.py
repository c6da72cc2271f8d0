"""Functions: against the rules written down without any data structure, over ticks, and each rule by a small case."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.functions import Function, Functions, Invoked, Outcome

COLD_S = 0.5
NO_CALLS = np.empty(0), np.empty(0, np.int64), np.empty(0)


def function(reserved: int | None = None, provisioned: int = 0) -> Function:
    return Function(np.full(1, COLD_S), reserved, provisioned)


def invoke(functions: Functions, calls: list[tuple[float, int, float]]) -> Invoked:
    arrivals, numbers, durations = zip(*calls, strict=True) if calls else ((), (), ())
    return functions.invoke(np.array(arrivals, float), np.array(numbers, np.int64), np.array(durations, float))


@dataclass
class Environment:
    function: int
    provisioned: bool
    busy_until: float


def by_the_rules(functions: list[Function], account: int, expiry: float, calls) -> list[tuple[Outcome, float, float]]:
    """Every environment in a list, looked through for each request; fewer calls than the scaling bucket has tokens."""
    there = [
        Environment(number, True, -np.inf)
        for number, function in enumerate(functions)
        for _ in range(function.provisioned_concurrency)
    ]
    left = account - sum((f.reserved_concurrency or 0) for f in functions)
    left -= sum(f.provisioned_concurrency for f in functions if f.reserved_concurrency is None)
    results = []
    for now, number, duration in calls:
        free = [e for e in there if e.function == number and e.busy_until <= now]
        on_demand = [e for e in there if not e.provisioned and e.busy_until > now]
        own = functions[number]
        if own.reserved_concurrency is None:
            used = sum(functions[e.function].reserved_concurrency is None for e in on_demand)
            throttled = used >= left
        else:
            used = sum(e.function == number for e in on_demand)
            throttled = used + own.provisioned_concurrency >= own.reserved_concurrency
        provisioned = [e for e in free if e.provisioned]
        warm = [e for e in free if not e.provisioned and e.busy_until + expiry > now]
        start = now
        if provisioned:
            outcome, environment = Outcome.PROVISIONED, provisioned[0]
        elif throttled:
            results.append((Outcome.THROTTLED, np.nan, np.nan))
            continue
        elif warm:
            outcome, environment = Outcome.WARM, max(warm, key=lambda e: e.busy_until)
        else:
            outcome, environment = Outcome.COLD, Environment(number, False, now)
            start = now + COLD_S
            there.append(environment)
        environment.busy_until = start + duration
        results.append((outcome, start, start + duration))
    return results


calls = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 1.0, 4.0]), st.integers(0, 2), st.sampled_from([0.25, 1.0, 3.0])), max_size=80
).map(lambda rows: [(float(sum(row[0] for row in rows[: n + 1])), *rows[n][1:]) for n in range(len(rows))])
accounts = st.tuples(
    st.sampled_from([None, 1, 3]), st.sampled_from([None, 2]), st.sampled_from([0, 1]), st.integers(6, 10)
).map(lambda a: ([function(a[0], a[2]), function(a[1]), function(None, a[2])], a[3]))


@settings(deadline=None)
@given(accounts, calls, st.sampled_from([1.5, 5.0]))
def test_it_is_the_rules(account, calls, expiry):
    functions, concurrency = account
    invoked = invoke(Functions(functions, account_concurrency=concurrency, idle_expiry_s=expiry), calls)
    expected = by_the_rules(functions, concurrency, expiry, calls)
    assert invoked.outcomes.tolist() == [outcome for outcome, _, _ in expected]
    np.testing.assert_array_equal(invoked.starts, np.array([start for _, start, _ in expected], float))
    np.testing.assert_array_equal(invoked.finishes, np.array([finish for _, _, finish in expected], float))


@settings(deadline=None)
@given(accounts, calls, st.integers(0, 80))
def test_ticks_change_nothing(account, calls, cut):
    functions, concurrency = account
    whole, parted = (Functions(functions, account_concurrency=concurrency, idle_expiry_s=5.0) for _ in range(2))
    once = invoke(whole, calls)
    first = invoke(parted, calls[:cut])
    if calls[:cut]:
        assert parted.flow(calls[:cut][-1][0]).balanced
    second = invoke(parted, calls[cut:])
    for name in ("outcomes", "starts", "finishes"):
        np.testing.assert_array_equal(
            np.concatenate((getattr(first, name), getattr(second, name))), getattr(once, name)
        )


@settings(deadline=None)
@given(accounts, calls)
def test_requests_end_or_are_throttled_or_in_progress(account, calls):
    functions, concurrency = account
    stage = Functions(functions, account_concurrency=concurrency, idle_expiry_s=5.0)
    invoked = invoke(stage, calls)
    now = calls[-1][0] if calls else 0.0
    flow = stage.flow(now)
    assert flow.balanced
    assert flow.departed == np.count_nonzero(invoked.finishes <= now)
    assert stage.concurrency(now).sum() == flow.held == np.count_nonzero(invoked.finishes > now)


def test_a_cold_start_comes_before_the_handler():
    stage = Functions([function()], account_concurrency=10, idle_expiry_s=600)
    invoked = invoke(stage, [(1.0, 0, 2.0), (4.0, 0, 2.0)])
    assert invoked.starts.tolist() == [1.0 + COLD_S, 4.0]
    assert invoked.outcomes.tolist() == [Outcome.COLD, Outcome.WARM]


def test_the_last_used_environment_is_taken_and_the_others_expire():
    stage = Functions([function()], account_concurrency=10, idle_expiry_s=10)
    invoke(stage, [(0.0, 0, 1.0), (0.0, 0, 2.0)])
    # Used every five seconds, one of both stays.
    assert invoke(stage, [(t, 0, 0.1) for t in (5.0, 10.0, 15.0)]).outcomes.tolist() == [Outcome.WARM] * 3
    assert stage.environments(15.0).tolist() == [1]


def test_what_was_idle_for_as_long_as_that_is_gone():
    stage = Functions([function()], account_concurrency=10, idle_expiry_s=10)
    calls = [(0.0, 0, 0.5), (10.75, 0, 0.25), (21.0, 0, 1.0)]
    assert invoke(stage, calls).outcomes.tolist() == [Outcome.COLD, Outcome.WARM, Outcome.COLD]


def test_one_function_takes_what_the_account_has_from_another():
    stage = Functions([function(), function(), function(reserved=2)], account_concurrency=5, idle_expiry_s=600)
    invoked = invoke(stage, [(0.0, 0, 9.0)] * 3 + [(1.0, 1, 9.0)] + [(1.0, 2, 9.0)] * 3)
    assert [Outcome(outcome).name for outcome in invoked.outcomes] == ["COLD"] * 3 + ["THROTTLED"] + ["COLD"] * 2 + [
        "THROTTLED"
    ]


def test_the_scaling_bucket_gives_a_thousand_at_once_and_a_hundred_a_second():
    stage = Functions([function(), function()], account_concurrency=10_000, idle_expiry_s=600)
    crowd = [(0.0, 0, 60.0)] * 1500
    assert np.count_nonzero(invoke(stage, crowd).outcomes == Outcome.COLD) == 1000
    assert np.count_nonzero(invoke(stage, [(1.0, 0, 60.0)] * 1500).outcomes == Outcome.COLD) == 100
    # Each function has its own, and what is not used does not add up.
    assert np.count_nonzero(invoke(stage, [(30.0, 1, 60.0)] * 1500).outcomes == Outcome.COLD) == 1000


def test_a_deploy_empties_the_warm_pool_and_lets_those_at_work_end():
    stage = Functions([function(provisioned=1)], account_concurrency=10, idle_expiry_s=600)
    invoke(stage, [(0.0, 0, 9.0), (0.0, 0, 1.0), (0.0, 0, 9.0)])
    stage.replace_code(0, 5.0)
    assert stage.concurrency(5.0).tolist() == [2]
    assert invoke(stage, [(6.0, 0, 1.0), (20.0, 0, 1.0), (20.0, 0, 1.0)]).outcomes.tolist() == [
        Outcome.COLD,
        Outcome.PROVISIONED,
        Outcome.WARM,
    ]


def test_provisioned_concurrency_counts_against_the_limits_also_when_idle():
    stage = Functions([function(reserved=3, provisioned=2), function()], account_concurrency=5, idle_expiry_s=600)
    assert invoke(stage, [(0.0, 1, 1.0)] * 3).outcomes.tolist() == [Outcome.COLD] * 2 + [Outcome.THROTTLED]
    stage.provision(0, 0)
    assert invoke(stage, [(0.0, 0, 1.0)] * 4).outcomes.tolist() == [Outcome.COLD] * 3 + [Outcome.THROTTLED]
    assert stage.provisioned_in_use(0.0).tolist() == [0, 0]


def test_what_is_provisioned_and_at_work_may_exceed_the_account_for_a_while():
    stage = Functions([function(provisioned=4)], account_concurrency=4, idle_expiry_s=600)
    invoke(stage, [(0.0, 0, 99.0)] * 4)
    stage.provision(0, 0)
    assert invoke(stage, [(1.0, 0, 99.0)] * 5).outcomes.tolist() == [Outcome.COLD] * 4 + [Outcome.THROTTLED]
    assert stage.concurrency(1.0).tolist() == [8]
    assert stage.concurrency(200.0).tolist() == [0]


def test_more_than_there_is_cannot_be_provisioned():
    with pytest.raises(ValueError, match="more concurrency"):
        Functions([function(reserved=1, provisioned=2)], account_concurrency=10, idle_expiry_s=600)
    with pytest.raises(ValueError, match="more concurrency"):
        Functions([function(reserved=9), function(provisioned=2)], account_concurrency=10, idle_expiry_s=600)


def test_an_empty_tick_invokes_nothing():
    assert Functions([function()], account_concurrency=1, idle_expiry_s=1).invoke(*NO_CALLS).outcomes.size == 0


def test_an_account_takes_so_many_requests_a_second_however_short_they_are() -> None:
    functions = Functions([function(), function()], account_concurrency=1000, idle_expiry_s=600, requests_per_s=20)
    calls = [(second + number / 100, number % 2, 0.001) for second in range(3) for number in range(40)]
    invoked = invoke(functions, calls)
    # A second's at once, and then as they come again.
    taken = [int(np.count_nonzero(invoked.outcomes[40 * second : 40 * second + 40])) for second in range(3)]
    assert taken == [27, 20, 20]
    refused = invoked.outcomes == Outcome.THROTTLED
    assert np.isnan(invoked.starts[refused]).all()
    assert np.isnan(invoked.finishes[refused]).all()
    assert (invoked.finishes[~refused] > invoked.starts[~refused]).all()
    flow = functions.flow(10.0)
    assert (flow.arrived, flow.refused, flow.departed, flow.held) == (120, 120 - sum(taken), sum(taken), 0)


@given(rate=st.floats(1, 200), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_a_limit_that_is_not_reached_changes_nothing(rate: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    calls = [(at, 0, 0.01) for at in np.sort(generator.uniform(0, 5, 200)).tolist()]
    free, limited = (
        invoke(Functions([function(50)], account_concurrency=100, idle_expiry_s=600, requests_per_s=limit), calls)
        for limit in (None, 200 + rate)
    )
    assert (free.outcomes == limited.outcomes).all()
    assert np.array_equal(free.finishes, limited.finishes, equal_nan=True)
