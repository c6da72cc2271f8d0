"""What holds of every simulation: conservation, Little's law, chance that the seed alone decides."""

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.capacity.calibration import Calibration
from harness.capacity.demand import Arrivals, Retries
from harness.capacity.engine import Assumptions, Simulation, simulate
from harness.capacity.engine.faults import FAULTS, Fault
from harness.capacity.engine.recorder import COMMANDS
from harness.capacity.errors import DemandError
from harness.capacity.settings import changed

ORDERS = {"place_order": 1.0}
CAUSES = {"gateway": "api", "function": "functions"}


def without_time(result):
    return dataclasses.replace(result, wall_s=0.0, findings=()).as_json()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_s=st.floats(1, 600),
    dispersion=st.sampled_from([1.0, 8.0]),
    reserved=st.integers(1, 60),
    rate=st.integers(5, 500),
    pods=st.integers(1, 4),
    retries=st.integers(0, 3),
    fault=st.sampled_from([None, *FAULTS]),
    seed=st.integers(0, 1000),
)
def test_nothing_is_lost_or_made_up(setup_of, document, per_s, dispersion, reserved, rate, pods, retries, fault, seed):
    small = changed(
        document,
        [
            "functions.commands.provisioned_concurrency=0",
            f"functions.commands.reserved_concurrency={max(reserved, 1)}",
            f"api.throttle.rate_per_s={rate}",
            "api.throttle.burst=10",
            f"workers.orders.replicas.minimum={pods}",
        ],
    )
    setup = setup_of(per_s, 3, dispersion=dispersion, document=small, seed=seed)
    demand = dataclasses.replace(setup.demand, retries=Retries(retries))
    faults = () if fault is None else (Fault(fault, 45.0, 30.0),)
    simulation = Simulation(dataclasses.replace(setup, demand=demand, faults=faults))
    for _ in simulation.run():  # raises NotConserved
        pass
    result = simulation.result(1.0)
    assert result.attempts == result.answered + result.failed + sum(result.throttled.values())
    assert result.requests_simulated >= result.answered + result.given_up
    operations = result.operations.values()
    for each in operations:
        assert each.attempts == each.answered + sum(each.unanswered.values())
        assert each.requests >= each.answered + each.given_up
    throttled = {name: sum(each.unanswered[f"throttled_by_{name}"] for each in operations) for name in CAUSES}
    assert throttled == {name: result.throttled[part] for name, part in CAUSES.items()}
    for name, total in (
        ("requests", result.requests_simulated),
        ("attempts", result.attempts),
        ("answered", result.answered),
        ("given_up", simulation._front.retries.flow.refused),
    ):
        assert sum(getattr(each, name) for each in operations) == total, name


@pytest.mark.parametrize(("share", "dispersion"), [(0.7, 1.0), (0.85, 4.0)])
@pytest.mark.parametrize("ticks_s", [(15.0, 7.5), (5.0, 2.5)])
def test_half_the_tick_moves_the_tail_by_less_than_a_hundredth(
    setup_of, from_primary, rate_at, share, dispersion, ticks_s
):
    """Everything that waits for DocumentDB's primary is slower by what the tick before has left there.

    Both meet the same requests with the same random numbers, so that chance moves nothing.
    """
    per_s = rate_at("documents.primary.cpu", share, document=from_primary)
    setup = setup_of(per_s, 20, dispersion=dispersion, document=from_primary)
    setup = dataclasses.replace(setup, demand=dataclasses.replace(setup.demand, window_s=0.5))
    whole, half = (simulate(dataclasses.replace(setup, tick_s=tick_s)) for tick_s in ticks_s)
    assert whole.requests_simulated == half.requests_simulated
    assert whole.utilization["documents.primary.cpu"] == pytest.approx(share, abs=0.07)
    for operation in ("all", "read_order", "place_order"):
        for figure in ("p50", "p99", "mean"):
            moved = half.latency_ms[operation][figure]
            assert moved == pytest.approx(whole.latency_ms[operation][figure], rel=0.01), (operation, figure)


def test_the_seed_decides_everything(setup_of):
    setup = setup_of(300, 3, faults=(Fault("deploy", 60.0, 0.0),))
    assert without_time(simulate(setup)) == without_time(simulate(setup))
    other = simulate(dataclasses.replace(setup, seed=2))
    assert other.requests_simulated != simulate(setup).requests_simulated


def test_a_limit_leaves_the_arrivals_as_they_were(setup_of, document, monkeypatch):
    seen = []
    original = Simulation._tick

    def noting(self, arriving: Arrivals):
        seen[-1].append({name: times.tolist() for name, times in arriving.times_s.items()})
        original(self, arriving)

    monkeypatch.setattr(Simulation, "_tick", noting)
    for settings_ in ([], ["functions.queries.reserved_concurrency=80", "api.throttle.rate_per_s=100"]):
        seen.append([])
        simulate(setup_of(300, 2, document=changed(document, settings_)))
    assert seen[0] == seen[1]


def test_a_light_load_meets_the_calibration_s_own_times(setup_of):
    calibration = Calibration.load()
    result = simulate(setup_of(40, 20, mix={"read_product": 1.0}))
    assert result.throttled == {"api": 0, "functions": 0}
    assert (result.failed, result.overflowed) == (0, 0)
    own = calibration.functions["queries"]["read_product"].duration_ms.mean + calibration.gateway_ms.mean
    assert result.latency_ms["read_product"]["mean"] == pytest.approx(own, rel=0.03)


def test_the_gateway_lets_through_what_its_bucket_gives(setup_of, document):
    setup = setup_of(
        400, 5, document=changed(document, ["api.throttle.rate_per_s=100", "api.throttle.burst=50"]), mix=ORDERS
    )
    demand = dataclasses.replace(setup.demand, retries=Retries(0))
    result = simulate(dataclasses.replace(setup, demand=demand))
    assert result.attempts - result.throttled["api"] == pytest.approx(100 * 300 + 50, abs=2)
    assert result.bottleneck.resource == "api.throttle"


def test_minutes_add_up_to_the_whole(setup_of):
    result = simulate(setup_of(400, 5, faults=(Fault("deploy", 60.0, 0.0),)))
    series = result.series
    assert sum(series["fresh_per_s"]) * 60 == pytest.approx(result.requests_simulated)
    assert sum(series["attempts_per_s"]) * 60 == pytest.approx(result.attempts)
    for name, mean in result.utilization.items():
        assert sum(series[f"share.{name}"]) / 5 == pytest.approx(mean), name
    for what, values in (("latency", result.latency_ms["all"]), ("visible", result.read_model_ms)):
        medians = series[f"{what}_p50_ms"]
        assert min(medians) <= values["p50"] <= max(medians)
    for name, peak in result.backlog_peak.items():
        assert name == COMMANDS or max(series[f"backlog.{name}"]) == peak
    assert max(series["concurrency.queries"]) > 0
    # An environment that works is there.
    for name in ("queries", "commands"):
        there, at_work = series[f"environments.{name}"], series[f"concurrency.{name}"]
        assert all(busy <= all_ for busy, all_ in zip(at_work, there, strict=True)), name


def test_clients_that_try_again_come_back(setup_of, document):
    narrow = changed(document, ["api.throttle.rate_per_s=200", "api.throttle.burst=10"])
    result = simulate(setup_of(220, 4, document=narrow, dispersion=8.0))
    assert result.attempts > result.requests_simulated
    # Most of what is refused is answered later.
    assert result.given_up < sum(result.throttled.values()) / 3


def test_a_function_at_its_limit_throttles(setup_of, document):
    narrow = changed(
        document, ["functions.queries.provisioned_concurrency=1", "functions.queries.reserved_concurrency=2"]
    )
    result = simulate(setup_of(400, 2, document=narrow))
    assert result.throttled["functions"] > 0
    assert result.throttled["api"] == 0
    assert result.bottleneck.resource == "functions.queries.reserved_concurrency"


def test_a_full_broker_sends_commands_through_sqs(setup_of):
    # What a node has without messages is above the watermark: the gate is closed from the first tick on.
    result = simulate(setup_of(20, 4, mix=ORDERS, assumptions=Assumptions(broker_idle_bytes=30e9)))
    assert result.overflowed == result.answered
    assert result.read_model_ms["p50"] != result.read_model_ms["p50"]  # nothing came through
    # All but what is on its way wait in SQS.
    assert result.backlog_peak["overflow_relay"] == pytest.approx(result.overflowed, abs=5)


def test_a_crowd_of_messages_closes_the_gate_and_opens_it_again(setup_of):
    tight = Assumptions(broker_idle_bytes=0.0, message_memory_bytes=2e8)  # 96 messages fill a node
    result = simulate(setup_of(300, 6, mix=ORDERS, assumptions=tight, faults=(Fault("mysql_failover", 60, 30),)))
    assert 0 < result.overflowed < result.answered
    assert result.series["broker.closed"][-1] == 0


def test_reads_go_to_replicas_and_instances_that_are_added_take_their_share(setup_of, small_documents, rate_at):
    per_s = rate_at("documents.replicas.cpu", 1.1, document=small_documents)
    # The alarm looks at minutes, and an instance takes ten minutes to come.
    result = simulate(setup_of(per_s, 25, document=small_documents))
    instances, waited = result.series["documents"], result.series["latency_p99_ms"]
    assert (instances[0], instances[-1]) == (3, 4)
    assert waited[-1] < waited[instances.index(4) - 1] / 10
    assert result.utilization["documents.primary.cpu"] < 0.2


def test_reads_that_go_to_the_primary_are_found(setup_of, small_documents, from_primary):
    assert not any("documents.read_preference" in line for line in simulate(setup_of(10, 1)).findings)
    result = simulate(setup_of(10, 1, document=from_primary))
    assert any("documents.read_preference" in line for line in result.findings)
    assert result.utilization["documents.replicas.cpu"] == 0


def test_reads_beyond_the_database_fill_their_function_and_no_more_than_that(setup_of, from_primary, rate_at):
    # More than DocumentDB's primary serves, which settles at its capacity.
    result = simulate(setup_of(rate_at("documents.primary.cpu", 1.6, document=from_primary), 3, document=from_primary))
    assert result.bottleneck.resource == "documents.primary.cpu"
    assert result.throttled["functions"] > 0
    assert result.series["concurrency.queries"][-1] > 1400
    served = result.series["answered_per_s"][1:]
    assert max(served) < 1.05 * min(served)


def test_more_requests_need_more_environments_and_pods(setup_of):
    few, many = (simulate(setup_of(rate, 10)) for rate in (50, 3000))
    held_by_few, held_by_many = ({each.stage: each.held for each in result.balances} for result in (few, many))
    assert held_by_many["functions.queries"] > 20 * held_by_few["functions.queries"]
    assert many.bill.usd_per_month > few.bill.usd_per_month


def test_a_hot_row_holds_its_orders_up(setup_of):
    even, hot = (
        simulate(setup_of(1500, 4, mix=ORDERS, assumptions=Assumptions(hot_row=share))) for share in (0.0, 0.9)
    )
    assert hot.read_model_ms["p50"] > even.read_model_ms["p50"]


def test_attempts_are_told_by_cause(setup_of, document):
    slow = changed(document, ["functions.users.timeout_s=1"])
    away = (Fault("mysql_failover", 60.0, 30.0),)
    failing, timed_out = (
        simulate(setup_of(100, 3, mix={"create_user": 1, "health": 1}, faults=away, document=each)).operations
        for each in (document, slow)
    )
    assert failing["create_user"].unanswered["database_away"] > 1000
    assert failing["create_user"].unanswered["timed_out"] == timed_out["create_user"].unanswered["database_away"] == 0
    # What waits for longer than its function may last times out, whatever it waits for.
    assert timed_out["create_user"].unanswered["timed_out"] > 1000
    assert failing["create_user"].given_up > 0
    assert set(failing["health"].unanswered.values()) == {0}


def test_a_ramp_is_not_recorded(setup_of):
    setup = setup_of(100, 6, begin_s=180.0, ramp_s=120.0)
    result = simulate(setup)
    assert result.answered == pytest.approx(100 * 180, rel=0.05)
    assert len(result.series["time_s"]) == 3


def test_who_gave_up_in_the_ramp_is_not_counted(setup_of, document):
    narrow = changed(document, ["api.throttle.rate_per_s=50", "api.throttle.burst=10"])
    result = simulate(setup_of(300, 5, document=narrow, begin_s=240.0, ramp_s=240.0))
    # Whoever gives up has tried four times, all of them within some seconds.
    assert 0 < 4 * result.given_up < 1.1 * result.attempts


def test_a_cluster_without_readers_never_gets_one(setup_of, document):
    alone = changed(document, ["mysql.members.minimum=1"])
    simulation = Simulation(setup_of(300, 4, document=alone, assumptions=Assumptions(reads_from_mysql=1.0)))
    for _ in simulation.run():
        pass
    assert simulation._controllers.readers.ready(240.0) == 0
    assert simulation._controllers._readers_cpu.points(240.0, 3) == [None, None, None]


def test_many_requests_are_cut_into_shorter_ticks(setup_of):
    assert setup_of(100).step_s == 15
    assert setup_of(100_000).step_s == 5
    assert setup_of(1_000_000).step_s == 1


def test_more_requests_than_memory_is_for_are_refused(setup_of):
    with pytest.raises(DemandError, match=r"9,000,000 requests a second .* than a simulation takes, 8,000,000: write"):
        setup_of(9_000_000)


def test_the_gateways_latency_is_that_of_each_attempt_and_knows_of_no_pauses(document, setup_of):
    narrow = changed(document, ["api.throttle.rate_per_s=100", "api.throttle.burst=50"])
    result = simulate(setup_of(400, 8, document=narrow, mix=ORDERS))
    # Clients count from their first attempt; what they are refused is answered at once.
    assert result.latency_ms["all"]["p99"] > 1000
    assert "api_latency" not in {band.alarm for band in result.alarms}


def test_what_is_under_way_at_the_end_completes_the_account(document, setup_of):
    narrow = changed(document, ["api.throttle.rate_per_s=100", "api.throttle.burst=50"])
    result = simulate(setup_of(400, 2, document=narrow, mix=ORDERS))
    assert result.under_way > 0
    assert result.requests_simulated == result.answered + result.given_up + result.under_way
    assert result.as_json()["under_way"] == result.under_way
