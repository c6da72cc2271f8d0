"""Each fault does what it is named for, and what it broke is whole again some time after."""

import pytest

from harness.capacity.engine import simulate
from harness.capacity.engine.faults import Fault
from harness.capacity.engine.metrics import Metrics

MIX = {"place_order": 1.0, "create_user": 1.0, "read_order": 4.0}


def run(setup_of, name=None, lasts_s=60.0, minutes=8, mix=MIX, **changes):
    faults = () if name is None else (Fault(name, 120.0, lasts_s),)
    return simulate(setup_of(300, minutes, mix=mix, faults=faults, **changes))


@pytest.fixture(scope="module")
def calm(setup_of):
    return run(setup_of)


def healed(result, calm):
    """The last minute is as in a run without the fault."""
    last, usual = result.series, calm.series
    assert last["failed_per_s"][-1] == last["throttled_per_s"][-1] == last["overflowed_per_s"][-1] == 0
    assert last["latency_p50_ms"][-1] == pytest.approx(usual["latency_p50_ms"][-1], rel=0.1)
    for stage in ("orders", "outbox", "read_model"):
        assert last[f"backlog.{stage}"][-1] < 50


def test_nothing_breaks_by_itself(calm):
    assert (calm.failed, calm.overflowed, calm.throttled) == (0, 0, {"api": 0, "functions": 0})


def test_without_a_writer_users_fail_and_orders_wait(setup_of, calm):
    result = run(setup_of, "mysql_failover")
    assert result.failed > 1000
    assert result.backlog_peak["orders"] > 0.8 * 50 * 60
    assert result.overflowed == 0
    healed(result, calm)


def test_without_documents_lists_fail_and_orders_come_from_mysql(setup_of, calm):
    orders, lists = (
        run(setup_of, "documents_down", mix={"place_order": 20, name: 80}) for name in ("read_order", "list_products")
    )
    assert orders.failed == 0
    assert max(orders.series["share.mysql.readers.cpu"]) > 5 * max(lists.series["share.mysql.readers.cpu"])
    assert lists.failed > 5000


def test_without_documents_the_read_model_waits(setup_of, calm):
    result = run(setup_of, "documents_down")
    assert result.failed == 0
    assert result.backlog_peak["read_model"] > 0.8 * 50 * 60
    assert result.backlog_peak["notifications"] > 0.8 * 50 * 60
    assert result.backlog_peak["orders"] < 500
    healed(result, calm)


def test_a_cluster_without_one_node_is_away_for_a_moment(setup_of, calm):
    result = run(setup_of, "broker_node_lost")
    assert 0 < result.overflowed < 50 * 45
    healed(result, calm)


def test_a_lone_broker_is_away_for_as_long_as_its_node(setup_of, document, calm):
    alone = {**document, "broker": {**document["broker"], "nodes": 1, "deployment": "SINGLE_INSTANCE"}}
    result = run(setup_of, "broker_node_lost", document=alone)
    assert result.overflowed > 0.9 * 50 * 60


def test_while_nobody_reaches_the_broker_commands_wait_in_sqs_and_come_back(setup_of, calm):
    result = run(setup_of, "broker_away", lasts_s=28.0)
    # Environments ask again every 5 s: the last time before it is back at 25 s.
    assert result.overflowed == pytest.approx(50 * 30, rel=0.1)
    assert result.failed == 0
    # Looked at after half of the time, and 2 s after its end.
    assert result.backlog_peak["overflow_relay"] > 0.9 * 50 * 15
    assert result.backlog_peak["commands"] >= result.backlog_peak["overflow_relay"]
    healed(result, calm)


def test_a_deploy_empties_the_warm_pools(setup_of, document, calm):
    result = run(setup_of, "deploy", lasts_s=0.0)
    assert result.failed == 0
    assert max(result.latency_ms["all"].values()) >= max(calm.latency_ms["all"].values())
    healed(result, calm)


def test_a_lost_zone_takes_nodes_and_pods_which_come_back(setup_of, calm):
    result = run(setup_of, "zone_lost", minutes=14)
    assert min(result.series["nodes"]) == 4
    assert result.series["nodes"][-1] == 6
    assert min(result.series["mysql.readers"]) < 2
    assert result.overflowed > 0
    assert result.failed > 0
    assert {change.why for change in result.scaling} >= {
        "2 of 6 lost with a zone, replaced",
        "1 pod lost with its node, replaced",
    }
    healed(result, calm)


def test_a_fault_lasts_as_long_wherever_in_a_tick_it_begins(setup_of):
    failed = [
        simulate(setup_of(300, 4, mix={"create_user": 1.0}, faults=(Fault("mysql_failover", at_s, 30.0),))).failed
        for at_s in (60.0, 74.0)
    ]
    assert failed[1] == pytest.approx(failed[0], rel=0.1)


def test_alarms_see_what_event_sources_call(setup_of, document, monkeypatch):
    seen = {}
    record = Metrics.record

    def noting(self, namespace, name, dimension, of, now_s, value, *count):
        seen[name, of] = max(value, seen.get((name, of), 0.0))
        record(self, namespace, name, dimension, of, now_s, value, *count)

    monkeypatch.setattr(Metrics, "record", noting)
    run(setup_of, "broker_node_lost", minutes=5)
    for function in ("overflow_relay", "notifications"):
        assert seen["ConcurrentExecutions", function] > 0
        assert seen["Duration", function] > 0
