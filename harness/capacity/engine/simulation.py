"""One simulation: stages and controllers, tick by tick."""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from harness.capacity.controllers import Capacity
from harness.capacity.cost import bill
from harness.capacity.demand import Arrivals
from harness.capacity.engine.alarm_rules import rules
from harness.capacity.engine.broker import Broker, Gate
from harness.capacity.engine.conservation import check
from harness.capacity.engine.consumption import Consumption
from harness.capacity.engine.databases import Databases
from harness.capacity.engine.faults import Fault
from harness.capacity.engine.findings import findings
from harness.capacity.engine.front import Conditions, Front, Tick
from harness.capacity.engine.host import Host
from harness.capacity.engine.interruption import held
from harness.capacity.engine.littles_law import Balance
from harness.capacity.engine.littles_law import check as check_balances
from harness.capacity.engine.load import Load
from harness.capacity.engine.metrics import Metrics
from harness.capacity.engine.operations import Operations
from harness.capacity.engine.path import STAGES, Passed, Path, Slower
from harness.capacity.engine.recorder import Recorder, Snapshot
from harness.capacity.engine.result import PERCENTILES, Band, Result
from harness.capacity.engine.scaling import CONSUMERS, Controllers, Seen
from harness.capacity.engine.setup import Setup
from harness.capacity.kernel.compiled import Floats
from harness.capacity.kernel.functions import Outcome
from harness.capacity.kernel.histogram import Histogram
from harness.capacity.kernel.occupancy import Mark
from harness.capacity.kernel.streams import Streams
from harness.capacity.prices import PriceList
from harness.capacity.settings import stack_of
from harness.stack.alarm_rule import State

_SETTLES_S = 60.0  # after a fault a tick is still cut into slices for so long
_MICRO = 1_000_000
_READ_ORDER = "read_order"
_MINUTE_S = 60.0


def simulate(setup: Setup, progress: Callable[[float], None] = lambda _: None) -> Result:
    """Runs `setup`; tells `progress` the time of the day at the end of each tick.

    Raises StackUnfit where the stack lacks what a simulation needs, NotConserved where the simulator has a defect.
    """
    began = time.perf_counter()
    simulation = Simulation(setup)
    with held() as through:
        for now_s in simulation.run():
            through()
            progress(now_s)
    return simulation.result(time.perf_counter() - began)


class Simulation:
    """The stages of a stack, their controllers, and what is recorded of them.

    Ticks are short against the controllers' clocks. What a tick leaves, controllers see at its end; what they change,
    and how loaded shared resources are, acts in the next.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._stack = stack = stack_of(setup.document)
        self._assumptions = assumptions = setup.assumptions
        streams = Streams(setup.seed, setup.replication)
        names = list(setup.demand.shares)
        self._operations = Operations(names, stack, setup.calibration, assumptions)
        self._metrics = Metrics(stack)
        self._controllers = Controllers(stack, self._metrics, streams)
        self._front = Front(stack, setup.calibration, setup.demand, self._operations, assumptions, streams)
        commands = sum(setup.demand.shares[each.name] for each in self._operations.operations if each.part == "broker")
        repeated = setup.demand.shares.get("repeat_order", 0.0) / commands if commands else 0.0
        self._path = Path(stack, setup.calibration, self._controllers.pods, streams, assumptions, repeated=repeated)
        self._broker = Broker(stack.broker, assumptions)
        self._databases = Databases(stack, self._operations, assumptions)
        self._pricing = Load("pricing pods")
        pricing = setup.calibration.batches.get("pricing")
        self._pricing_s = (0.0 if pricing is None else pricing.mean_ms(1) / 1000) * self._operations.machine("workers")
        self._quotes = np.array([each.part == "pricing" for each in self._operations.operations])
        self._pricing_cores = 0.0
        self._waiting_faults = list(setup.faults)
        self._active: list[Fault] = []
        # Writes and monitors go to the primary: its limit is that of one instance.
        self._documents_limit = max(stack.documents.connection_limit, 1)
        self._gate = Gate(0.0, 0.0, "", 0.0, 0.0, 0.0)
        self._host = None if setup.host is None else Host(setup.host)
        self._commands = np.array([each.part == "broker" for each in self._operations.operations])
        self._events = 0
        self._events_per_s = 0.0
        self._sizes = dict.fromkeys(STAGES, 1.0)
        self._begin_s, self._begin = setup.begin_s, self._marks(0.0)
        self._now_s = 0.0
        self._recorder = Recorder(Consumption(stack, assumptions), len(names))

    def run(self) -> Iterator[float]:
        """Ticks; gives the time at the end of each."""
        for tick in self._setup.arrivals():
            # A fault begins with a tick, at its own time.
            for part in tick.cut(fault.at_s for fault in self._setup.faults):
                self._tick(part)
            yield tick.end_s

    def _tick(self, arriving: Arrivals) -> None:
        now_s, end_s = arriving.start_s, arriving.end_s
        during_s = end_s - now_s
        recording = now_s >= self._setup.begin_s - 1e-6
        if recording and not self._path.recording:
            self._begin_s, self._begin = now_s, self._marks(now_s)
        self._path.recording = recording
        lost = self._break(now_s, end_s)
        for pods in self._path.pods.values():
            pods.follow(now_s, end_s, lost=lost)
        for name, tracking in self._controllers.provisioned.items():
            most = self._front.limits[self._operations.functions.index(name)]
            self._front.functions.provision(
                self._operations.functions.index(name), int(min(tracking.capacity.ready(now_s), most))
            )
        crowded = self._databases.crowded or self._broker.load.wait_s > 0 or self._pricing.wait_s > 0
        tick = self._front.step(arriving, self._conditions, self._offer, crowded=crowded, troubled=bool(self._active))
        passed = self._path.step(tick.accepted, tick.overflowed, end_s, now_s, self._slower(now_s))
        self._offer_batches(during_s, passed)
        self._sizes |= {name: each.messages / each.batches for name, each in passed.items() if each.batches}
        check(
            end_s,
            [("functions", self._front.functions.flow(end_s)), *self._front.flows, *self._path.flows],
            [*self._front.links(end_s), *self._path.links()],
        )
        snapshot = self._snapshot(end_s, during_s, tick, passed)
        if recording:
            self._recorder.add(during_s, tick, snapshot)
            self._consume(end_s, during_s, tick, passed)
        # Latencies are kept by the minute, as the charts and CloudWatch have them.
        if end_s // _MINUTE_S > now_s // _MINUTE_S or end_s >= self._setup.until_s:
            latencies, attempts = self._front.take_latencies()
            visible = self._path.take_visible()
            self._measure_latency(now_s, attempts)
            if recording:
                self._recorder.end_minute(end_s, latencies, visible, snapshot)
        self._measure(now_s, end_s, tick, passed)
        self._now_s = end_s

    def _break(self, now_s: float, end_s: float) -> bool:
        """Lets the faults begin that are due; whether pods were lost."""
        self._active = [fault for fault in self._active if now_s < fault.until_s + _SETTLES_S]
        due = [fault for fault in self._waiting_faults if fault.at_s < end_s]
        self._waiting_faults = self._waiting_faults[len(due) :]
        for fault in due:
            self._active.append(fault)
            if fault.name == "deploy":
                for number in range(len(self._operations.functions)):
                    self._front.functions.replace_code(number, now_s)
            if fault.name in ("zone_lost", "broker_node_lost"):
                self._broker.lose_node(now_s, fault.until_s)
            if fault.name == "broker_away":
                self._broker.leave(now_s, fault.until_s)
                self._path.lose_broker(now_s, fault.until_s)
            if fault.name == "zone_lost":
                self._controllers.lose_zone(now_s, 1 / len(self._stack.network.availability_zones))
                self._without_mysql(now_s, now_s + self._assumptions.failover_s)
                self._databases.lose_primary(now_s + self._assumptions.failover_s)
                self._unprojected(now_s, now_s + self._assumptions.failover_s)
            if fault.name == "mysql_failover":
                self._without_mysql(now_s, fault.until_s)
            if fault.name == "documents_down":
                self._databases.lose_documents(now_s, fault.until_s)
                self._unprojected(now_s, fault.until_s)
        return bool(due)

    def _without_mysql(self, now_s: float, until_s: float) -> None:
        self._databases.lose_writer(until_s)
        self._path.pods["orders"].pause(now_s, until_s)
        self._path.pods["outbox"].pause(now_s, until_s)

    def _unprojected(self, now_s: float, until_s: float) -> None:
        """Nothing is written to DocumentDB before `until_s`."""
        self._path.pods["read_model"].pause(now_s, until_s)
        self._path.unnotified_until_s = max(self._path.unnotified_until_s, until_s)

    def _conditions(self, now_s: float) -> Conditions:
        """What requests meet, by what the last tick has left."""
        operations, databases = self._operations, self._databases
        size = len(operations)
        factors = np.concatenate((operations.slowness, operations.slowness))
        added, broken = np.zeros(2 * size), np.zeros(2 * size)
        for number, each in enumerate(operations.operations):
            name = each.part
            part, waits = 1 - each.own, databases.waits(name, now_s)
            if waits.away and each.name == _READ_ORDER:
                # Of all reads this one has another place to go.
                name, waits = "mysql", databases.instead(now_s)
            stretch, wait_s = waits.stretch, waits.wait_s
            if each.part == "broker":
                stretch, wait_s = self._broker.load.stretch, self._broker.load.wait_s
            elif each.part == "pricing":
                stretch, wait_s = self._pricing.stretch, self._pricing.wait_s
            if waits.away:
                broken[number] = 1
                added[number] = wait_s
                continue
            factors[number] += part * operations.machine(name) * stretch
            added[number] = wait_s
            # Through SQS nobody waits for the broker's processors.
            factors[size + number] += part
        ready, messages = self._path.queued
        self._gate = self._broker.gate(now_s, ready, messages, self._connections(now_s))
        slower, waited_s = 1.0, 0.0
        if self._host is not None:
            slower, waited_s = self._host.stretch, self._host.load.wait_s
        return Conditions(factors * slower, added + waited_s, broken, self._gate.avoided, slower)

    def _connections(self, now_s: float) -> int:
        """Connections to the broker: one of each environment of commands and overflow_relay, one of each pod."""
        functions = self._operations.functions
        there = self._front.functions.environments(now_s)
        of_functions = sum(
            int(there[functions.index(name)]) + self._provisioned(name, now_s)
            for name in ("commands", "overflow_relay")
            if name in functions
        )
        return of_functions + sum(pods.serving for pods in self._path.pods.values())

    def _serving(self, now_s: float) -> tuple[dict[str, int], int]:
        """Pods by role, and environments of `queries`."""
        functions = self._operations.functions
        environments = 0
        if "queries" in functions:
            on_demand = int(self._front.functions.environments(now_s)[functions.index("queries")])
            environments = on_demand + self._provisioned("queries", now_s)
        return {role: each.serving for role, each in self._path.pods.items()}, environments

    def _provisioned(self, function: str, now_s: float) -> int:
        tracking = self._controllers.provisioned.get(function)
        return (
            self._stack.functions[function].provisioned_concurrency
            if tracking is None
            else tracking.capacity.ready(now_s)
        )

    def _configured(self, function: str) -> int:
        """Provisioned environments that are asked for, and paid, whether they are ready yet or not."""
        tracking = self._controllers.provisioned.get(function)
        return (
            self._stack.functions[function].provisioned_concurrency if tracking is None else tracking.capacity.desired
        )

    def _slower(self, now_s: float) -> Slower:
        factors = {}
        for stage in ("orders", "outbox", "read_model", "notifications"):
            factors[stage] = self._databases.batch_factor(stage, self._path.mean_batch_s(stage, self._sizes[stage]))
        factors["overflow_relay"] = self._broker.load.stretch
        if self._host is not None:
            factors = {stage: factor * self._host.stretch for stage, factor in factors.items()}
        provisioned = {name: self._provisioned(name, now_s) for name in self._stack.functions}
        down_until_s = self._broker.down_until_s
        failing, until_s = (1.0, down_until_s) if now_s < down_until_s else (self._gate.share, math.inf)
        return Slower(factors, failing, until_s, provisioned)

    def _offer(self, now_s: float, during_s: float, answered: Floats) -> None:
        """Loads the shared resources with what the functions have answered within `during_s`."""
        if self._host is not None:
            self._host.offer(float(answered.sum()), during_s)
        controllers = self._controllers
        readers, instances = controllers.readers.ready(now_s), controllers.documents.ready(now_s)
        self._databases.offer(now_s, answered, during_s, readers=readers, instances=instances)
        published = float(answered[self._commands].sum()) * (1 - self._gate.avoided)
        self._broker.offer(now_s, published + self._events_per_s * during_s, during_s)
        quotes = float(answered[self._quotes].sum())
        cores = self._controllers.pods["pricing"].ready(now_s) * self._stack.workers["pricing"].requests.cpu_m / 1000
        self._pricing_cores = quotes * self._pricing_s / during_s
        self._pricing.offer(quotes * self._pricing_s, during_s, cores)

    def _offer_batches(self, during_s: float, passed: dict[str, Passed]) -> None:
        """What the stages behind have asked of the shared resources, which they ask in the next tick too."""
        self._databases.offer_batches(passed, self._path, during_s)
        events = self._path.events
        # An event goes to two queues.
        self._events_per_s = (passed["overflow_relay"].messages + 2 * (events - self._events)) / during_s
        self._events = events

    def _snapshot(self, end_s: float, during_s: float, tick: Tick, passed: dict[str, Passed]) -> Snapshot:
        stack, controllers, functions = self._stack, self._controllers, self._operations.functions
        concurrency = self._front.functions.concurrency(end_s)
        held = self._path.held()
        fresh_per_s = float(tick.fresh.sum()) / during_s
        pods, there = self._serving(end_s)
        # In minutes where several are full the first of them here is told: what is behind fills what stands before it.
        shares: dict[str, float] = {
            "documents.primary.cpu": _full(self._databases.documents),
            "documents.replicas.cpu": _full(self._databases.replicas),
            "mysql.writer.cpu": _full(self._databases.writer),
            "mysql.proxy.connections": _full(self._databases.proxy),
            "mysql.readers.cpu": _full(self._databases.readers),
            "broker.cpu": _full(self._broker.load),
            "api.throttle": fresh_per_s / stack.api.throttle.rate_per_s,
            "account.requests": fresh_per_s / self._assumptions.account_rate_per_s,
            "account.concurrent_executions (requests a second)": float(tick.outcomes.sum())
            / during_s
            / (stack.account.concurrent_executions * self._assumptions.requests_per_concurrency),
            "account.concurrent_executions": float(concurrency.sum()) / stack.account.concurrent_executions,
            "broker.memory": self._gate.memory,
            "broker.disk": self._gate.disk,
            "broker.connections": self._gate.connections,
            "mysql.connections": self._databases.mysql_connections(pods) / stack.mysql.connection_limit,
            "documents.connections": self._databases.documents_connections(pods, there) / self._documents_limit,
            # A batch that waits for a database is counted where it ends, and may have begun long before.
            "notifications (one batch at a time)": min(1.0, passed["notifications"].busy_s / during_s),
            "cluster.nodes.maximum": _of_range(controllers.nodes),
        }
        if self._setup.host is not None:
            shares["host.processors"] = self._setup.host.share(float(tick.answered.sum()) / during_s)
        for number, each in enumerate(self._operations.operations):
            route = stack.api.routes[each.route]
            if route.throttle is not None:
                shares[f"api.routes.{each.route}.throttle"] = (
                    float(tick.offered[number]) / during_s / route.throttle.rate_per_s
                )
        direct = sorted(set(self._operations.numbers.tolist()))
        existing = self._front.functions.environments(end_s)
        for number in direct:
            limit = max(float(self._front.limits[number]), 1.0)
            throttled = tick.outcomes[number, Outcome.THROTTLED] > 0
            share = float(concurrency[number]) / limit
            shares[f"functions.{functions[number]}.reserved_concurrency"] = 1.0 if throttled and share > 0.9 else share
        for role in CONSUMERS:
            most = controllers.pods[role].maximum
            shares[f"workers.{role}.replicas.maximum"] = passed[role].busy_s / during_s / most
        shares["api.throttle, retries included"] = float(tick.offered.sum()) / during_s / stack.api.throttle.rate_per_s
        cores = controllers.pods["pricing"].maximum * stack.workers["pricing"].requests.cpu_m / 1000
        shares["workers.pricing.replicas.maximum"] = self._pricing_cores / cores
        units: dict[str, float] = {
            **{f"pods.{role}": capacity.ready(end_s) for role, capacity in controllers.pods.items()},
            "pods.pending": controllers.placement.pending,
            "nodes": controllers.nodes.ready(end_s),
            "mysql.readers": controllers.readers.ready(end_s),
            "documents": controllers.documents.ready(end_s),
            **{
                f"provisioned.{name}": tracking.capacity.ready(end_s)
                for name, tracking in controllers.provisioned.items()
            },
            **{
                f"environments.{functions[number]}": int(existing[number]) + self._provisioned(functions[number], end_s)
                for number in direct
            },
            # What event sources call is batches of the path: the mean of those at work.
            **{f"concurrency.{name}": each.busy_s / during_s for name, each in passed.items() if name in functions},
            **{f"concurrency.{functions[number]}": int(concurrency[number]) for number in direct},
            "broker.closed": self._gate.share,
        }
        return Snapshot(held, units, shares)

    def _measure_latency(self, now_s: float, latency: Histogram) -> None:
        """A few values stand for all of a minute, each for those below it."""
        shares = np.array([0.5, 0.9, 0.98, 0.99, 1.0])
        weights = np.diff(shares, prepend=0.0) * latency.count
        for value, weight in zip(latency.quantiles(shares), weights, strict=True):
            if weight:
                name = self._stack.api.name
                self._metrics.record(
                    "AWS/ApiGateway", "Latency", "api", name, now_s, 1000 * float(value), float(weight)
                )

    def _measure(self, now_s: float, end_s: float, tick: Tick, passed: dict[str, Passed]) -> None:
        """What the alarms and controllers see of the tick, and what they do about it."""
        record = self._metrics.record
        stack, functions = self._stack, self._operations.functions
        during_s = end_s - now_s
        record("AWS/ApiGateway", "5xx", "api", stack.api.name, now_s, tick.failed + tick.throttled)
        concurrency = self._front.functions.concurrency(end_s)
        provisioned: dict[str, float] = {}
        for number, name in enumerate(functions):
            there = self._provisioned(name, end_s)
            busy_s, running = float(tick.seconds[number, Outcome.PROVISIONED]), float(concurrency[number])
            slowest_s = float(tick.slowest_s[number])
            if name in passed:
                # What event sources call: the mean of those at work.
                busy_s, slowest_s = passed[name].busy_s, passed[name].longest_s
                running = busy_s / during_s
            if there:
                provisioned[name] = min(1.0, busy_s / during_s / there)
            record("AWS/Lambda", "ConcurrentExecutions", "function", name, now_s, running)
            record("AWS/Lambda", "Throttles", "function", name, now_s, float(tick.outcomes[number, Outcome.THROTTLED]))
            record("AWS/Lambda", "Duration", "function", name, now_s, 1000 * slowest_s)
        broker = self._broker
        ready, messages = self._path.queued
        free = max(0.0, broker.disk_bytes - messages * self._assumptions.message_bytes)
        for metric, value in (
            ("MessageReadyCount", ready),
            ("ConnectionCount", self._gate.connections * stack.broker.connection_limit),
            ("SystemCpuUtilization", 100 * broker.load.utilization),
            ("RabbitMQMemUsed", broker.used_bytes(messages)),
            ("RabbitMQDiskFree", free),
        ):
            record("AWS/AmazonMQ", metric, "broker", stack.name, now_s, float(value))
        databases, controllers = self._databases, self._controllers
        for namespace, kind, load in (
            ("AWS/DocDB", "documents_primary", databases.documents),
            ("AWS/DocDB", "documents_replicas", databases.replicas),
            ("AWS/RDS", "mysql_writer", databases.writer),
        ):
            record(namespace, "CPUUtilization", kind, stack.name, now_s, 100 * load.utilization)
        pods, there = self._serving(end_s)
        of_mysql, of_documents = databases.mysql_connections(pods), databases.documents_connections(pods, there)
        record("AWS/RDS", "DatabaseConnections", "mysql_writer", stack.name, now_s, of_mysql)
        record("AWS/DocDB", "DatabaseConnections", "documents", stack.name, now_s, of_documents)
        borrow = "DatabaseConnectionsBorrowLatency"
        record("AWS/RDS", borrow, "proxy", stack.name, now_s, _MICRO * databases.proxy.wait_s)
        dead = self._path.overflow.flow.refused
        record("AWS/SQS", "ApproximateNumberOfMessagesVisible", "queue", "overflow-dead-letters", now_s, dead)
        backlog = {
            "orders": float(self._path.orders.flow.held),
            # Rows that a relay has in its hands are unpublished too.
            "outbox": float(self._path.held()["outbox"]),
            "read_model": float(self._path.read_model.flow.held),
        }
        controllers.step(end_s, Seen(backlog, self._pricing_cores, provisioned, 100 * databases.readers.utilization))

    def _consume(self, end_s: float, during_s: float, tick: Tick, passed: dict[str, Passed]) -> None:
        consumption, controllers = self._recorder.consumption, self._controllers
        consumption.hours(
            during_s,
            nodes_s=_paid_s(controllers.nodes, end_s - during_s, end_s),
            readers_s=_paid_s(controllers.readers, end_s - during_s, end_s),
            documents_s=_paid_s(controllers.documents, end_s - during_s, end_s),
        )
        for number, name in enumerate(self._operations.functions):
            invocations = float(tick.outcomes[number, 1:].sum())
            provisioned_s = float(tick.billed[number, Outcome.PROVISIONED])
            billed_s = float(tick.billed[number].sum())
            if name in passed:
                invocations, billed_s = passed[name].batches, passed[name].billed_s
                provisioned_s = passed[name].billed_provisioned_s
            configured_s = self._configured(name) * during_s
            consumption.invoked(name, invocations, billed_s - provisioned_s, provisioned_s, configured_s)
        consumption.passed(
            attempts=int(tick.offered.sum()),
            requests=int(tick.outcomes.sum()),
            answers=tick.answered,
            overflowed=sum(times.size for times in tick.overflowed),
            polled=passed["overflow_relay"].batches,
            written=passed["orders"].messages + passed["outbox"].messages,
            shown=passed["read_model"].messages + passed["notifications"].messages,
        )

    def result(self, wall_s: float) -> Result:
        """What has come out of it."""
        setup, recorder, front = self._setup, self._recorder, self._front
        latencies = recorder.latencies
        latency = {
            each.name: _percentiles(latencies.of(number)) for number, each in enumerate(self._operations.operations)
        }
        cost = bill(recorder.consumption.usage, PriceList.load())
        balances = self._balances()
        check_balances(balances)
        return Result(
            begin_s=setup.begin_s,
            end_s=setup.until_s,
            wall_s=wall_s,
            inputs=[*setup.demand.inputs(), *setup.assumptions.inputs(), *self._given()],
            requests_simulated=front.fresh,
            attempts=recorder.sums["attempts"],
            answered=recorder.sums["answered"],
            given_up=sum(each.given_up for each in recorder.fates),
            throttled={"api": recorder.sums["refused"], "functions": recorder.sums["throttled"]},
            failed=recorder.sums["failed"],
            overflowed=recorder.sums["overflowed"],
            operations={
                each.name: fates for each, fates in zip(self._operations.operations, recorder.fates, strict=True)
            },
            latency_ms={"all": _percentiles(latencies.all), **latency},
            read_model_ms=_percentiles(recorder.visible),
            backlog_peak=recorder.backlog_peak,
            utilization=recorder.utilization,
            balances=balances,
            scaling=[change for change in self._controllers.changes if change.time_s >= setup.begin_s],
            alarms=self._bands(),
            alarm_rules=rules(self._stack),
            faults=setup.faults,
            limits=recorder.limits.ranking,
            series=dict(recorder.series),
            bill=cost,
            calibration=setup.calibration.summary(),
            findings=findings(self._stack, setup, cost),
        )

    def _marks(self, now_s: float) -> dict[str, Mark]:
        return self._front.marks(now_s) | self._path.marks(now_s)

    def _balances(self) -> list[Balance]:
        seconds = self._now_s - self._begin_s
        marks = self._marks(self._now_s)
        return [Balance.between(name, self._begin[name], mark, seconds) for name, mark in marks.items()]

    def _given(self) -> list[dict[str, Any]]:
        setup = self._setup
        origin = setup.calibration.origin
        rows = [
            ("seed", setup.seed, "given"),
            ("replication", setup.replication, "given"),
            ("tick_s", setup.step_s, "given" if setup.tick_s else "15 s, or less for many requests"),
            ("ramp_s", setup.ramp_s, "given"),
            ("calibration", f"{origin.scenario} of {origin.utc}", f"measured on {origin.processor}"),
            *((fault.name, fault.at_s, f"fault, lasts {fault.lasts_s:g} s") for fault in setup.faults),
        ]
        return [{"name": name, "value": value, "source": source, "assumption": False} for name, value, source in rows]

    def _bands(self) -> list[Band]:
        bands = []
        for name, alarm in self._metrics.alarms.items():
            changes = alarm.transitions
            for begin, end in zip(changes, [*changes[1:], None], strict=True):
                if begin.state is State.ALARM:
                    bands.append(Band(name, begin.time_s, None if end is None else end.time_s))
        return sorted(bands, key=lambda band: band.begin_s)


def _paid_s(capacity: Capacity, since_s: float, until_s: float) -> float:
    """Seconds of units that are paid within a tick: of those that are wanted, and of those that end."""
    return (capacity.desired - capacity.pending) * (until_s - since_s) + capacity.left_s(since_s, until_s)


def _full(load: Load) -> float:
    """How much of it is asked for; where work waits, all of it is in use, though callers may hold more back."""
    return max(load.offered, 1.0) if load.wait_s else load.offered


def _of_range(capacity: Capacity) -> float:
    """How far it has been scaled, from its minimum (0) to its maximum (1)."""
    return (capacity.desired - capacity.minimum) / max(capacity.maximum - capacity.minimum, 1)


def _percentiles(histogram: Histogram) -> dict[str, float]:
    values = histogram.quantiles(list(PERCENTILES.values())) * 1000
    return {**dict(zip(PERCENTILES, map(float, values), strict=True)), "mean": histogram.mean * 1000}
