"""Little's law of every stage: when each comes and goes, against how long the stage says that each stays."""

import numpy as np
import pytest

from harness.capacity.engine import NotConserved, simulate
from harness.capacity.engine.faults import FAULTS, Fault
from harness.capacity.engine.littles_law import Balance, check
from harness.capacity.kernel.batches import _HELD, _IN_WORK, Batches
from harness.capacity.kernel.functions import Functions
from harness.capacity.kernel.occupancy import Mark
from harness.capacity.kernel.pollers import Pollers
from harness.capacity.kernel.relays import Relays
from harness.capacity.kernel.retries import Retries
from harness.capacity.settings import changed

CALLED = {f"functions.{name}" for name in ("commands", "queries", "quotes", "users")}
CONSUMERS = ("orders", "read_model", "notifications")
STAGES = CALLED | {
    *CONSUMERS,
    "outbox",
    "overflow_relay",
    "client retries",
    *(f"{name}, in batches" for name in CONSUMERS),
}
BUSY = STAGES - {"overflow_relay", "client retries"}


def of(result):
    return {balance.stage: balance for balance in result.balances}


def used(balances, stages):
    """Something was held by each of them, and went."""
    return all(balances[stage].held > 0 and balances[stage].per_s > 0 for stage in stages)


def test_both_sides_of_a_window():
    # One was there for the last 6 s before it; in it came one, which is there for 2 s at its end.
    balance = Balance.between("x", Mark(6, 0, 0, 6), Mark(18, 1, 16, 2), 10.0)
    assert (balance.held, balance.per_s, balance.mean_s, balance.cut) == (1.2, 0.1, 16, -0.4)
    assert balance.expected == pytest.approx(balance.held)
    assert balance.holds


def test_a_stage_that_nobody_came_to_holds_nothing():
    assert Balance.between("x", Mark(), Mark(), 10.0).expected == 0


def test_a_difference_is_a_defect():
    with pytest.raises(NotConserved, match="x: 3 were held on average, 2 by Little's law"):
        check([Balance("x", 3.0, 1.0, 2.0, 0.0)])


def test_it_holds_on_a_calm_day(setup_of):
    balances = of(simulate(setup_of(600, 6, dispersion=4.0, begin_s=120.0, ramp_s=60.0)))
    assert balances.keys() == STAGES
    assert used(balances, BUSY)
    assert all(balance.holds for balance in balances.values())
    # A steady state: what the window cuts off hardly counts, and the law is the one of the books.
    for stage in CALLED:
        assert balances[stage].per_s * balances[stage].mean_s == pytest.approx(balances[stage].held, rel=0.02)


def test_it_holds_where_too_much_comes(setup_of, document):
    narrow = changed(
        document,
        [
            "api.throttle.rate_per_s=500",
            "functions.queries.provisioned_concurrency=1",
            "functions.queries.reserved_concurrency=2",
            "workers.orders.replicas.minimum=1",
        ],
    )
    mix = {"place_order": 6.0, "read_order": 2.0, "create_user": 1.0, "quote": 1.0}
    result = simulate(setup_of(900, 6, document=narrow, dispersion=4.0, mix=mix))
    assert min(result.throttled.values()) > 1000
    balances = of(result)
    assert used(balances, BUSY | {"client retries"})
    assert balances["client retries"].held > 50
    assert all(balance.holds for balance in balances.values())


@pytest.mark.parametrize("fault", FAULTS)
def test_it_holds_beside_a_fault(setup_of, fault):
    mix = {"place_order": 5.0, "create_user": 1.0, "read_order": 4.0}
    faults = (Fault(fault, 65.0, 40.0),)
    balances = of(simulate(setup_of(300, 5, mix=mix, faults=faults)))
    assert all(balance.holds for balance in balances.values())
    if fault == "broker_node_lost":
        assert used(balances, {"overflow_relay"})


def _forgets(monkeypatch):
    """The last stage, one message: nobody behind it waits for it, so that conservation tells nothing of it."""
    consume = Batches.consume
    forgotten = []

    def forgetting(self, arrivals, until, **how):
        done = consume(self, arrivals, until, **how)
        gathered = np.flatnonzero(self._pods[_HELD] > self._pods[_IN_WORK])
        if self._pods.shape[1] == 2 and gathered.size and not forgotten:
            self._pods[_HELD, gathered[0]] -= 1
            self._departed += 1
            forgotten.append(until)
        return done

    monkeypatch.setattr(Batches, "consume", forgetting)


def _shifts(kernel, call, monkeypatch):
    original = getattr(kernel, call)

    def shifted(self, *given, **how):
        done = original(self, *given, **how)
        done.arrivals[:1] -= 2.0
        return done

    monkeypatch.setattr(kernel, call, shifted)


def _doubles_a_batch(monkeypatch):
    consume = Batches.consume

    def doubling(self, arrivals, until, **how):
        done = consume(self, arrivals, until, **how)
        self._worked_s += float((done.finishes - done.starts)[:1].sum())
        return done

    monkeypatch.setattr(Batches, "consume", doubling)


def _ends_late(monkeypatch):
    """Its callers are told of requests that are over sooner than their environments are free."""
    invoke = Functions.invoke

    def late(self, arrivals, functions, durations):
        invoked = invoke(self, arrivals, functions, durations * 1.01)
        invoked.finishes[:] = invoked.starts + durations
        return invoked

    monkeypatch.setattr(Functions, "invoke", late)


def _keeps_clients(monkeypatch):
    due = Retries.due

    def keeping(self, since, until):
        times, *others = due(self, since, until)
        self._occupancy.went(np.empty(0), 1.0)
        return [times, *others]

    monkeypatch.setattr(Retries, "due", keeping)


@pytest.mark.parametrize(
    ("doctor", "stage"),
    [
        (_forgets, "notifications"),
        (lambda patch: _shifts(Batches, "consume", patch), "orders"),
        (lambda patch: _shifts(Relays, "relay", patch), "outbox"),
        (lambda patch: _shifts(Pollers, "poll", patch), "overflow_relay"),
        (_doubles_a_batch, "orders, in batches"),
        (_ends_late, "functions.commands"),
        (_keeps_clients, "client retries"),
    ],
    ids=["forgets a message", "batches", "outbox", "SQS", "work", "environments", "clients"],
)
def test_a_simulator_with_a_defect_is_caught(setup_of, monkeypatch, doctor, stage):
    # A lost node sends some commands through SQS; 400 a second leave some waiting in every queue.
    setup = setup_of(400, 3, mix={"place_order": 1.0}, faults=(Fault("broker_node_lost", 30.0, 60.0),))
    doctor(monkeypatch)
    with pytest.raises(NotConserved, match=f"^{stage}: .* by Little's law"):
        simulate(setup)
