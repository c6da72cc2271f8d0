"""Driving a stack in the emulator: metrics are put, alarms change their state, and database_scaler follows them."""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.inspection import stimulus
from harness.inspection.clients import Clients, readable
from harness.inspection.cluster import DrivenCluster
from harness.inspection.errors import NotDriven
from harness.inspection.parts import alarms
from harness.inspection.scaler import Scaler, alarmed, scheduled
from harness.inspection.stimulus import Watch
from harness.inspection.subject import SCALER, Subject

OUT, IN = "documents_cpu_high", "documents_cpu_low"
_POLL_S = 1.0
# Beyond the periods that a window takes to pass: what evaluating may take.
_PATIENCE_S = 45.0
_TELL_S = 30.0
_NAMED = 4  # of more alarms it is told how many of each tier there are
_SCALING = "scaling"


Put = Callable[[Clients, Watch, Sequence[Watch], datetime], None]
"""Puts metrics for an alarm, beside the others of its series, at a time."""

Invoke = Callable[..., dict[str, Any]]
"""Invokes database_scaler with an event while its alarm lasts; `rested=True` with its cooldowns over."""


@dataclass(frozen=True)
class Step:
    """One thing that had to happen, and whether it did. `group` is an alarm's tier, or `scaling`."""

    group: str
    what: str
    holds: bool
    seen: str


@dataclass
class Drive:
    """What was driven."""

    steps: list[Step] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything happened."""
        return all(step.holds for step in self.steps)

    def as_json(self) -> list[dict[str, Any]]:
        """For a script."""
        return [dataclasses.asdict(step) for step in self.steps]

    def show(self, console: Console) -> None:
        """For a person: the steps of scaling, what did not happen, and how many alarms of each tier did."""
        table = Table("driven", "", "seen", box=None, pad_edge=False, header_style="bold")
        for tier in dict.fromkeys(step.group for step in self.steps if step.group != _SCALING):
            steps = [step for step in self.steps if step.group == tier]
            count = sum(step.holds for step in steps)
            table.add_row(f"alarms of {tier}: off and over", _verdict(count == len(steps)), f"{count} of {len(steps)}")
        for step in self.steps:
            if step.holds and step.group != _SCALING:
                continue
            table.add_row(step.what, _verdict(step.holds), step.seen)
        console.print(table)


class Driver:
    """Drives the alarms of `subject`, which AWS's APIs at `endpoint_url` must have: all, or those that `chosen` names.

    `root` is the project's folder, `folder` takes the function's log. Raises InspectionError.
    """

    def __init__(
        self,
        subject: Subject,
        clients: Clients,
        *,
        endpoint_url: str,
        root: Path,
        folder: Path,
        progress: Callable[[str], None],
        chosen: Collection[str] | None = None,
    ) -> None:
        self._subject = subject
        self._clients = clients
        self._endpoint_url = endpoint_url
        self._root = root
        self._folder = folder
        self._progress = progress
        self._chosen = None if chosen is None else {subject.named(name) for name in chosen}
        self._drive = Drive()
        self._watches: list[Watch] = []
        self._fed: dict[str, float] = {}  # in which period an alarm was fed last

    def run(self) -> Drive:
        """Everything, one round after the other. Leaves instances and tags as they were."""
        with readable("driving"):
            self._watches = [Watch.of(alarm) for alarm in alarms.listed(self._subject, self._clients)]
            wanted = self._chosen or {self._subject.named(name) for name in (OUT, IN)}
            missing = wanted - {watch.name for watch in self._watches}
            if missing:
                raise NotDriven(
                    f"there is no alarm {', '.join(sorted(missing))}; `make apply` comes before, to its end"
                )
            cluster = DrivenCluster(self._subject, self._clients)
            for name in cluster.restore():
                self._progress(f"removed {name}, which an earlier drive had left")
            before = sorted(cluster.instances())
            try:
                with Scaler(self._subject.stack, self._endpoint_url, self._root, self._folder) as scaler:
                    for watches in self._rounds():
                        self._round(watches, cluster, scaler)
            finally:
                cluster.restore()
            after = sorted(cluster.instances())
            self._step("the cluster is as it was", after == before, f"{len(after)} instances")
        return self._drive

    def _rounds(self) -> Iterator[list[Watch]]:
        """Alarms that may be driven side by side: those of the scaler alone, and of each series one in a round."""
        wanted = {watch.name: watch for watch in self._watches if self._chosen is None or watch.name in self._chosen}
        for name in (OUT, IN):
            if watch := wanted.pop(self._subject.named(name), None):
                yield [watch]
        left = list(wanted.values())
        while left:
            chosen: dict[tuple[Any, ...], Watch] = {}
            for watch in left:
                chosen.setdefault(watch.series, watch)
            left = [watch for watch in left if chosen[watch.series] is not watch]
            yield list(chosen.values())

    def _round(self, watches: Sequence[Watch], cluster: DrivenCluster, scaler: Scaler) -> None:
        """Every alarm of the round goes off, database_scaler does its part, and every alarm is over again."""
        self._progress(f"{_count(watches)}: putting metrics that set off")
        previous = {name: alarm["StateValue"] for name, alarm in self._alarms(watches).items()}
        self._await("ALARM", watches, stimulus.breach)
        for watch in watches:
            scale = {self._subject.named(OUT): self._scale_out, self._subject.named(IN): self._scale_in}.get(watch.name)
            if scale:
                alarm = self._alarms([watch])[watch.name]
                acts = [self._subject.function_of(arn) for arn in alarm["AlarmActions"] if ":function:" in arn]
                self._step(f"{watch.name} invokes {SCALER}", acts == [SCALER], ", ".join(acts) or "nothing")
                if acts == [SCALER]:
                    event = alarmed(alarm, previous[watch.name])
                    scale(event, cluster, partial(self._invoke, scaler, watch))
        self._progress(f"{_count(watches)}: putting metrics that are well again")
        self._await("OK", watches, stimulus.heal)

    def _scale_out(self, event: Mapping[str, Any], cluster: DrivenCluster, invoke: Invoke) -> None:
        bounds = self._subject.stack.documents.members
        before = set(cluster.instances())
        answer = invoke(event)
        added = sorted(set(cluster.instances()) - before)
        self._step("more load: the alarm's event adds an instance", len(added) == 1, _did(answer, added))
        for name in added:
            made, tagged = cluster.instances()[name], cluster.tags_of(name)
            fits = made["DBInstanceClass"] == bounds.instance_class and tagged.get("managed-by") == "database-scaler"
            self._step("it has the class and the tags", fits, f"{made['DBInstanceClass']}, {tagged.get('managed-by')}")
        answer = invoke(self._scheduled())
        rests = answer["action"] == "none" and "cooldown" in answer["reason"]
        self._step("the schedule rests during the cooldown", rests, answer["reason"])
        for _ in range(bounds.maximum - len(cluster.instances())):
            invoke(self._scheduled(), rested=True)
        count = len(cluster.instances())
        self._step("the schedule carries on to the maximum", count == bounds.maximum, f"{count} instances")
        answer = invoke(self._scheduled(), rested=True)
        holds = answer["action"] == "none" and len(cluster.instances()) == bounds.maximum
        self._step("and not beyond it", holds, answer["reason"])

    def _scale_in(self, event: Mapping[str, Any], cluster: DrivenCluster, invoke: Invoke) -> None:
        bounds = self._subject.stack.documents.members
        before = set(cluster.instances())
        answer = invoke(event)
        rests = answer["action"] == "none" and "cooldown" in answer["reason"]
        self._step("less load: the alarm's event rests during the cooldown", rests, answer["reason"])
        answer = invoke(event, rested=True)
        removed = sorted(before - set(cluster.instances()))
        self._step("and removes an instance after it", len(removed) == 1, _did(answer, removed))
        for _ in range(len(cluster.instances()) - bounds.minimum):
            invoke(self._scheduled(), rested=True)
        count = len(cluster.instances())
        self._step("the schedule carries on to the minimum", count == bounds.minimum, f"{count} instances")
        answer = invoke(self._scheduled(), rested=True)
        holds = answer["action"] == "none" and len(cluster.instances()) == bounds.minimum
        self._step("and not below it", holds, answer["reason"])

    def _await(self, state: str, watches: Sequence[Watch], put: Put) -> None:
        """Puts metrics anew in each period until every alarm is in `state`, or time is up."""
        began, told_s = time.monotonic(), 0.0
        waiting = {watch.name: watch for watch in watches}
        self._fed.clear()
        while waiting:
            for watch in waiting.values():
                self._feed(watch, put)
            states = self._alarms(list(waiting.values()))
            elapsed_s = time.monotonic() - began
            for name, watch in list(waiting.items()):
                found = states[name]["StateValue"] if name in states else "gone"
                late = elapsed_s > (watch.periods + 2) * watch.period_s + _PATIENCE_S
                if found == state or late:
                    del waiting[name]
                    self._changed(name, state, found, elapsed_s)
            if waiting:
                if elapsed_s > told_s + _TELL_S:
                    told_s = elapsed_s
                    self._progress(f"  {elapsed_s:.0f} s: waiting for {self._told(waiting)}")
                time.sleep(_POLL_S)

    def _feed(self, watch: Watch, put: Put) -> None:
        """Puts an alarm's metrics, unless that was done in this period."""
        now = datetime.now(UTC)
        period = now.timestamp() // watch.period_s
        if self._fed.get(watch.name) != period:
            put(self._clients, watch, self._watches, now)
            self._fed[watch.name] = period

    def _invoke(
        self, scaler: Scaler, watch: Watch, event: Mapping[str, Any], *, rested: bool = False
    ) -> dict[str, Any]:
        """Invokes the function while the alarm lasts, as it does under a load that lasts."""
        self._feed(watch, stimulus.breach)
        deadline = time.monotonic() + _PATIENCE_S
        while self._alarms([watch])[watch.name]["StateValue"] != "ALARM" and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return scaler.invoke(event, rested=rested)

    def _alarms(self, watches: Sequence[Watch]) -> dict[str, Mapping[str, Any]]:
        names = {watch.name for watch in watches}
        return {
            alarm["AlarmName"]: alarm
            for alarm in alarms.listed(self._subject, self._clients)
            if alarm["AlarmName"] in names
        }

    def _scheduled(self) -> dict[str, Any]:
        account = self._clients["sts"].get_caller_identity()["Account"]
        return scheduled(self._subject.stack.region, account)

    def _told(self, names: Collection[str]) -> str:
        """Alarms in a line that can be read: a few by name, many by tier."""
        if len(names) <= _NAMED:
            return ", ".join(sorted(self._alarm(name) for name in names))
        tiers = Counter(self._tier(name) for name in names)
        return f"{len(names)} alarms: {', '.join(f'{count} of {tier}' for tier, count in sorted(tiers.items()))}"

    def _alarm(self, name: str) -> str:
        return self._subject.logical(name, self._subject.stack.alarms)

    def _tier(self, name: str) -> str:
        described = self._subject.stack.alarms.get(self._alarm(name))
        return described.tier if described else "nobody"

    def _changed(self, name: str, wanted: str, found: str, elapsed_s: float) -> None:
        what = f"{self._alarm(name)} is {wanted}"
        step = Step(self._tier(name), what, found == wanted, f"{found} after {elapsed_s:.0f} s")
        self._drive.steps.append(step)
        if not step.holds:
            self._progress(f"NOT SO: {step.what} ({step.seen})")

    def _step(self, what: str, holds: bool, seen: str) -> None:
        self._drive.steps.append(Step(_SCALING, what, holds, seen))
        self._progress(f"{'' if holds else 'NOT SO: '}{what} ({seen})")


def _did(answer: Mapping[str, Any], instances: Sequence[str]) -> str:
    return f"{answer['action']} {', '.join(instances) or 'nothing'}"


def _verdict(holds: bool) -> Text:
    return Text("yes" if holds else "NO", style="green" if holds else "red")


def _count(watches: Sequence[Watch]) -> str:
    return f"{len(watches)} alarms" if len(watches) > 1 else watches[0].name
