"""Processes as Linux's /proc shows them.

A pid alone is no identity, since the kernel uses pids again; pid and start time together are (proc(5), stat field 22).
"""

import contextlib
import os
import select
import signal
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

RUN_VARIABLE = "HARNESS_RUN"
"""Environment variable with the run id; every child of a run carries it."""


@dataclass(frozen=True)
class Identity:
    """One process of this boot: its pid and its start time in clock ticks since boot."""

    pid: int
    start_time: int


@dataclass(frozen=True)
class _Stat:
    state: str
    parent: int
    start_time: int
    cpu_ticks: int


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The program's name stands in parentheses and may itself hold blanks and parentheses.
    fields = text.rpartition(")")[2].split()
    cpu_ticks = sum(map(int, fields[11:15]))  # user and system, its own and of the children that it has waited for
    return _Stat(state=fields[0], parent=int(fields[1]), start_time=int(fields[19]), cpu_ticks=cpu_ticks)


def busy_s() -> float:
    """Seconds that this machine's processors have been busy since boot, all of them together (proc(5), /proc/stat).

    Time that was stolen by other guests of the same host counts: it was wanted here.
    """
    fields = Path("/proc/stat").read_text(encoding="utf-8").partition("\n")[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdecimal())


def identify(pid: int) -> Identity | None:
    """The identity of a living process; None where there is none, or only a zombie."""
    stat = _stat(pid)
    return None if stat is None or stat.state in "ZX" else Identity(pid, stat.start_time)


def alive(identity: Identity) -> bool:
    """Whether that very process still lives (a zombie does not)."""
    return identify(identity.pid) == identity


def state(pid: int) -> str | None:
    """The state letter of proc(5): R, S, D, T (stopped), Z (zombie) …; None where there is no such process."""
    stat = _stat(pid)
    return None if stat is None else stat.state


def cpu_s(pids: Collection[int]) -> dict[int, tuple[float, float]]:
    """Seconds of a processor that each of these processes has used, and all below it, which those below it have too.

    What a child that has ended used is its parent's (proc(5), fields 14 to 17). None of one that is gone.
    """
    stats = {pid: stat for pid in _pids() if (stat := _stat(pid)) is not None}
    below: dict[int, int] = defaultdict(int)
    for stat in stats.values():
        parent = stat.parent
        while parent in stats:
            below[parent] += stat.cpu_ticks
            parent = stats[parent].parent
    tick = os.sysconf("SC_CLK_TCK")
    return {pid: (stats[pid].cpu_ticks / tick, below[pid] / tick) for pid in pids if pid in stats}


def descendants(pid: int) -> list[Identity]:
    """Every living process below `pid`, at any depth, zombies left out."""
    stats = {other: stat for other in _pids() if (stat := _stat(other)) is not None}
    children: dict[int, list[int]] = {}
    for other, stat in stats.items():
        children.setdefault(stat.parent, []).append(other)
    found, waiting = [], [pid]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            waiting.append(child)
            if stats[child].state not in "ZX":
                found.append(Identity(child, stats[child].start_time))
    return found


def carriers(run: str) -> list[Identity]:
    """Every living process that was started with HARNESS_RUN=`run`, wherever it hangs in the tree; never this one."""
    wanted = f"{RUN_VARIABLE}={run}".encode()
    found = []
    for pid in _pids():
        if pid == os.getpid():
            continue
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:  # gone meanwhile, or another user's
            continue
        if wanted in environment.split(b"\0") and (identity := identify(pid)) is not None:
            found.append(identity)
    return found


def send(identity: Identity, number: int) -> bool:
    """Sends a signal to that very process, never to a later one of the same pid. False where it has gone."""
    try:
        handle = os.pidfd_open(identity.pid)
    except OSError:
        return False
    try:
        if not alive(identity):
            return False
        signal.pidfd_send_signal(handle, number)
        return True
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        os.close(handle)


def ended(handle: int, timeout_s: float = 0.0) -> bool:
    """Whether the process behind a pidfd has ended, waiting up to `timeout_s` for it."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(max(0.0, timeout_s) * 1000))


def machine() -> tuple[str, str]:
    """Boot id and pid namespace: pids of two records can be compared only where both agree."""
    boot = ""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return boot, os.readlink("/proc/self/ns/pid")


def owner(identity: Identity) -> str:
    """A process as one word, to be written down where others may find it: boot, pid namespace, pid, start time."""
    boot, namespace = machine()
    return "/".join((boot, namespace.strip("pid:[]"), str(identity.pid), str(identity.start_time)))


def owner_is_dead(word: str) -> bool:
    """Whether the process of such a word is surely dead. False where that cannot be told from here."""
    try:
        boot, namespace, pid, start_time = word.split("/")
        identity = Identity(int(pid), int(start_time))
    except ValueError:
        return False
    now, here = machine()
    return boot != now or (namespace == here.strip("pid:[]") and not alive(identity))
