"""The way of an accepted command: broker or SQS, orders, outbox, events, read model and notifications."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.capacity.calibration import BatchTime, Calibration
from harness.capacity.controllers import Capacity
from harness.capacity.engine.assumptions import Assumptions
from harness.capacity.engine.operations import batch_times
from harness.capacity.engine.pods import Pods
from harness.capacity.engine.reconnects import EVENT_SOURCE, WORKER, reconnected_s
from harness.capacity.errors import StackUnfit
from harness.capacity.kernel.batches import Batches, Consuming, Departed
from harness.capacity.kernel.billing import billed_s
from harness.capacity.kernel.calendar import Calendar
from harness.capacity.kernel.compiled import Floats, Mask
from harness.capacity.kernel.flow import Flow
from harness.capacity.kernel.histogram import Histogram
from harness.capacity.kernel.occupancy import Mark, Occupancy
from harness.capacity.kernel.pollers import Pollers, Polling
from harness.capacity.kernel.relays import Relaying, Relays
from harness.capacity.kernel.service_times import BatchTimes
from harness.capacity.kernel.streams import Streams
from harness.stack import Stack

_ORDERS, _OUTBOX, _READ_MODEL, _NOTIFICATIONS, _OVERFLOW = STAGES = (
    "orders",
    "outbox",
    "read_model",
    "notifications",
    "overflow_relay",
)
_NONE: Floats = np.empty(0)


@dataclass(frozen=True)
class Slower:
    """By how much longer the stages' batches take, and the share of what SQS hands on that fails, and until when.

    `provisioned` environments of the functions at work there are ready, by stage.
    """

    factors: dict[str, float]
    failing: float = 0.0
    failing_until_s: float = math.inf
    provisioned: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Passed:
    """What a stage did in a tick. `busy_s` is how long its batches took in sum.

    Where a function works at them, `longest_s` is the longest one, `billed_s` what is paid of them, and
    `billed_provisioned_s` the part of it in provisioned environments.
    """

    messages: int = 0
    batches: int = 0
    busy_s: float = 0.0
    longest_s: float = 0.0
    billed_s: float = 0.0
    billed_provisioned_s: float = 0.0

    def pay(self, durations: Floats, provisioned: Mask) -> None:
        """A function's invocations took so long each, some of them in provisioned environments."""
        paid_s = billed_s(durations)
        self.longest_s = float(durations.max(initial=0.0))
        self.billed_s, self.billed_provisioned_s = float(paid_s.sum()), float(paid_s[provisioned].sum())


class Path:
    """The stages behind the functions, with pods by `capacities`.

    Every command has an outcome; the share `repeated` of them is one that was there before, and changes nothing. Until
    `unnotified_until_s` notifications fail: their function is invoked again and again with the batch that it has.
    """

    def __init__(
        self,
        stack: Stack,
        calibration: Calibration,
        capacities: dict[str, Capacity],
        streams: Streams,
        assumptions: Assumptions,
        *,
        repeated: float,
    ) -> None:
        self._repeated = repeated
        self._generator = streams.of("repeated commands")
        machine = calibration.factors["workers"].value
        self._times: dict[str, BatchTimes] = {
            name: batch_times(_batch(calibration, name), machine if name != _NOTIFICATIONS else 1.0) for name in STAGES
        }
        workers = stack.workers
        self.orders = self._consumers(stack, _ORDERS, streams)
        self.read_model = self._consumers(stack, _READ_MODEL, streams)
        outbox = workers[_OUTBOX]
        self.outbox = Relays(
            Relaying(outbox.batch_size, outbox.batch_wait_ms / 1000, self._times[_OUTBOX]), streams.of(_OUTBOX)
        )
        source = stack.event_sources[_NOTIFICATIONS]
        # Amazon MQ's event source runs one batch at a time, whatever the function's limits.
        consuming = Consuming(source.batch_size, source.batch_size, source.window_s, self._times[_NOTIFICATIONS])
        self.notifications = Batches(consuming, streams.of(_NOTIFICATIONS), most=2)
        self.notifications.start(1, 0.0)
        source = stack.event_sources[_OVERFLOW]
        queue = stack.queues[source.queue]
        function = stack.functions[_OVERFLOW]
        self._reconnects = streams.of("reconnects")
        self.overflow = Pollers(
            Polling(
                source.batch_size,
                source.window_s,
                queue.visibility_timeout_s,
                self._times[_OVERFLOW],
                min(source.maximum_concurrency or 1250, function.reserved_concurrency or 1250),
                queue.redrive.max_receive_count if queue.redrive else math.inf,
                source.report_batch_item_failures,
                assumptions.postponed_s,
                assumptions.postponed_most_s,
            ),
            streams.of(_OVERFLOW),
        )
        self.pods = {
            name: Pods(stage, capacities[name])
            for name, stage in ((_ORDERS, self.orders), (_OUTBOX, self.outbox), (_READ_MODEL, self.read_model))
        }
        self._to_orders, self._to_sqs = Calendar(1), Calendar(1)
        # What is in work: beside its origin, when it came to the stage that works at it.
        self._from_sqs, self._to_queues = Calendar(2), Calendar(2)
        self._occupancies = {name: Occupancy() for name in STAGES}
        self._visible = Histogram()
        self.recording = True
        self.unnotified_until_s = 0.0
        self.accepted = 0
        self.overflowed = 0
        self._unchanged = 0

    def _consumers(self, stack: Stack, name: str, streams: Streams) -> Batches:
        worker = stack.workers[name]
        consuming = Consuming(worker.prefetch, worker.batch_size, worker.batch_wait_ms / 1000, self._times[name])
        return Batches(consuming, streams.of(name), most=2 * stack.scaling[name].maximum + 8)

    def step(
        self, accepted: Sequence[Floats], overflowed: Sequence[Floats], until_s: float, since_s: float, slower: Slower
    ) -> dict[str, Passed]:
        """All that happens to commands before `until_s`; those are when the functions accepted them."""
        passed: dict[str, Passed] = {}
        for times in accepted:
            self._to_orders.put(times, times)
            self.accepted += times.size
        for times in overflowed:
            self._to_sqs.put(times, times)
            self.accepted += times.size
            self.overflowed += times.size
        sent, origins = self._to_sqs.take(until_s, since=since_s)
        factor = slower.factors.get(_OVERFLOW, 1.0)
        polled = self.overflow.poll(
            sent,
            until_s,
            origins=origins,
            factor=factor,
            failing=slower.failing,
            failing_until=slower.failing_until_s,
            provisioned=slower.provisioned.get(_OVERFLOW, 0),
        )
        self._from_sqs.put(polled.finishes, polled.origins, polled.arrivals)
        relayed, origins, came = self._from_sqs.take(until_s, since=since_s)
        self._to_orders.put(relayed, origins)
        self._pass(_OVERFLOW, sent, relayed, float((relayed - came).sum()))
        self._occupancies[_OVERFLOW].went(polled.died, float((polled.died - polled.dead).sum()))
        passed[_OVERFLOW] = Passed(polled.arrivals.size, polled.invocations, float(polled.durations.sum()))
        passed[_OVERFLOW].pay(polled.durations, polled.provisioned)
        arrivals, origins = self._to_orders.take(until_s, since=since_s)
        stored = self._consume(_ORDERS, self.orders, arrivals, origins, until_s, slower, passed)
        changes = self._generator.random(stored.finishes.size) >= self._repeated
        rows, origins = stored.finishes[changes], stored.origins[changes]
        self._unchanged += stored.finishes.size - rows.size
        factor = slower.factors.get(_OUTBOX, 1.0)
        turns = self.outbox.relay(rows, until_s, origins=origins, factor=factor)
        passed[_OUTBOX] = Passed(turns.arrivals.size, turns.batches, turns.busy_s)
        self._to_queues.put(turns.finishes, turns.origins, turns.arrivals)
        events, origins, came = self._to_queues.take(until_s, since=since_s)
        self._pass(_OUTBOX, rows, events, float((events - came).sum()))
        shown = self._consume(_READ_MODEL, self.read_model, events, origins, until_s, slower, passed)
        if self.recording:
            self._visible.record(shown.finishes - shown.origins)
        told = self._consume(_NOTIFICATIONS, self.notifications, events, origins, until_s, slower, passed)
        # One batch at a time: each has a beginning of its own, and the first environment.
        first = np.flatnonzero(np.diff(told.starts, prepend=-math.inf))
        durations = told.finishes[first] - told.starts[first]
        passed[_NOTIFICATIONS].pay(durations, np.full(first.size, slower.provisioned.get(_NOTIFICATIONS, 0) > 0))
        for occupancy in self._occupancies.values():
            occupancy.advance(until_s)
        return passed

    def lose_broker(self, now_s: float, until_s: float) -> None:
        """Whoever is connected to the broker loses it, and comes back at a time of its own after `until_s`."""
        for pods in self.pods.values():
            back = [reconnected_s(WORKER, now_s, until_s, self._reconnects) for _ in range(pods.serving)]
            pods.pause(now_s, until_s, back)
        self.notifications.kill(1)
        self.notifications.start(1, reconnected_s(EVENT_SOURCE, now_s, until_s, self._reconnects))

    def _consume(
        self,
        name: str,
        stage: Batches,
        arrivals: Floats,
        origins: Floats,
        until_s: float,
        slower: Slower,
        passed: dict[str, Passed],
    ) -> Departed:
        factor = slower.factors.get(name, 1.0)
        away_until_s = self.unnotified_until_s if name == _NOTIFICATIONS else 0.0
        done = stage.consume(arrivals, until_s, origins=origins, factor=factor, away_until=away_until_s)
        passed[name] = Passed(done.arrivals.size, done.batches, done.busy_s)
        self._pass(name, arrivals, done.finishes, float((done.finishes - done.arrivals).sum()))
        return done

    def _pass(self, name: str, came: Floats, went: Floats, stayed_s: float) -> None:
        self._occupancies[name].came(came)
        self._occupancies[name].went(went, stayed_s)

    def marks(self, now_s: float) -> dict[str, Mark]:
        """Of each stage up to `now_s`, the end of the last step, and of the messages that their pods have in work."""
        staying_s = {
            _OVERFLOW: self.overflow.staying_s(now_s) + float((now_s - self._from_sqs.coming(2)).sum()),
            _OUTBOX: self.outbox.staying_s(now_s) + float((now_s - self._to_queues.coming(2)).sum()),
        }
        consumers = {_ORDERS: self.orders, _READ_MODEL: self.read_model, _NOTIFICATIONS: self.notifications}
        staying_s |= {name: stage.staying_s(now_s) for name, stage in consumers.items()}
        return {
            **{name: occupancy.mark(staying_s[name]) for name, occupancy in self._occupancies.items()},
            **{f"{name}, in batches": stage.in_work(now_s) for name, stage in consumers.items()},
        }

    def take_visible(self) -> Histogram:
        """How long commands took from acceptance to the read model, since this was last asked."""
        taken, self._visible = self._visible, Histogram()
        return taken

    def mean_batch_s(self, name: str, messages: float) -> float:
        """How long a batch of so many messages takes on idle machines."""
        times = self._times[name]
        return times.fixed_s + times.per_message_s * messages

    def held(self) -> dict[str, int]:
        """Messages in each stage."""
        return {
            _OVERFLOW: self.overflow.flow.held,
            _ORDERS: self.orders.flow.held,
            _OUTBOX: self.outbox.waiting + len(self._to_queues),
            _READ_MODEL: self.read_model.flow.held,
            _NOTIFICATIONS: self.notifications.flow.held,
        }

    @property
    def queued(self) -> tuple[int, int]:
        """Messages in the broker's longest queue that no pod holds, and all messages in it."""
        queues = (self.orders, self.read_model, self.notifications)
        return max(queue.ready for queue in queues), sum(queue.flow.held for queue in queues)

    @property
    def events(self) -> int:
        """Events that were published so far."""
        return self._to_queues.flow.arrived

    @property
    def flows(self) -> list[tuple[str, Flow]]:
        """The stages' counts."""
        return [
            ("overflow queue", self.overflow.flow),
            ("orders", self.orders.flow),
            ("outbox", self.outbox.flow),
            ("read model", self.read_model.flow),
            ("notifications", self.notifications.flow),
            ("on the way to the orders", self._to_orders.flow),
            ("on the way to SQS", self._to_sqs.flow),
            ("on the way from SQS", self._from_sqs.flow),
            ("on the way to the queues", self._to_queues.flow),
        ]

    def links(self) -> list[tuple[str, int, int]]:
        """What one stage passed on, and what the next has of it."""
        overflow, orders, outbox = self.overflow.flow, self.orders.flow, self.outbox.flow
        direct = self.accepted - self.overflowed
        events = self._to_queues.flow
        return [
            (
                "accepted commands to the broker",
                direct + overflow.departed,
                orders.arrived + len(self._to_orders) + len(self._from_sqs),
            ),
            ("accepted commands to SQS", self.overflowed, overflow.arrived + len(self._to_sqs)),
            ("orders to the outbox", orders.departed, outbox.arrived + self._unchanged),
            ("outbox to the broker", outbox.departed, events.arrived),
            ("events to the read model", events.departed, self.read_model.flow.arrived),
            ("events to the notifications", events.departed, self.notifications.flow.arrived),
        ]


def _batch(calibration: Calibration, name: str) -> BatchTime:
    if name not in calibration.batches:
        raise StackUnfit(
            f"{name}: the calibration has no batches of it; make replay SCENARIO=calibration measures them"
        )
    return calibration.batches[name]
