"""Breaks what the scenario says, when it says, and always heals it again."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness import history
from harness.faults.relay import Relay, RelayStats
from harness.scenario.errors import RunError
from harness.scenario.spec import Fault
from harness.scenario.verdict import FaultRecord


@dataclass
class _Door:
    """One planned closing of the broker's door."""

    fault: Fault
    start_s: float
    before: RelayStats | None = None
    began_s: float = 0.0


class Injector:
    """The faults of a run. `tick` starts and stops what is due; `heal` stops all, however the run goes."""

    def __init__(self, faults: tuple[Fault, ...], seed: int, relay: Relay | None, records: history.Writer) -> None:
        """Without faults there need be no relay."""
        if faults and relay is None:
            raise RunError(f"the fault {faults[0].kind} needs a broker of our own")
        self._waiting = sorted(
            (_Door(fault, fault.start_s(seed, number)) for number, fault in enumerate(faults)),
            key=lambda door: door.start_s,
        )
        self._active: list[_Door] = []
        self._relay = relay
        self._records = records
        self.done: list[FaultRecord] = []

    def tick(self, now_s: float) -> list[str]:
        """Does what is due `now_s` seconds after the first arrival; returns a line for each thing done."""
        told = []
        for door in [door for door in self._active if now_s >= door.began_s + door.fault.duration_s]:
            told.append(self._stop(door, now_s))
        while self._waiting and now_s >= self._waiting[0].start_s:
            door = self._waiting.pop(0)
            door.before, door.began_s = self._door.stats(), now_s
            self._door.close_door()
            self._active.append(door)
            self._records.write("fault", fault=door.fault.kind, phase="start")
            told.append(f"fault: {door.fault.kind} for {door.fault.duration_s:g} s")
        return told

    def heal(self, now_s: float) -> None:
        """Ends every fault that is on; none starts any more."""
        self._waiting.clear()
        for door in list(self._active):
            self._stop(door, now_s)

    @property
    def _door(self) -> Relay:
        assert self._relay is not None
        return self._relay

    def _stop(self, door: _Door, now_s: float) -> str:
        self._active.remove(door)
        # Doors may overlap; the last one that is over opens it.
        after = self._door.stats() if self._active else self._door.open_door()
        evidence = _evidence(door.before, after)
        self.done.append(FaultRecord(door.fault.kind, door.began_s, now_s, evidence))
        self._records.write("fault", fault=door.fault.kind, phase="stop", evidence=dict(evidence))
        return f"healed: {door.fault.kind} ({', '.join(f'{count} {name}' for name, count in evidence.items())})"


def _evidence(before: RelayStats | None, after: RelayStats) -> Mapping[str, int]:
    assert before is not None
    return {
        "connections_dropped": after.dropped - before.dropped,
        "connections_refused": after.refused - before.refused,
    }
