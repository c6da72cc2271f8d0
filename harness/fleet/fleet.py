"""All workers of a run."""

import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from harness.fleet.environment import environment
from harness.fleet.errors import FleetError, JobFailed, UnknownRole
from harness.fleet.replica import Replica
from harness.process import LOOPBACK, Child, Guard, GuardLost, Ports, ProcessError, wait_until
from harness.stack import Stack, Worker

_TEND_EVERY_S = 0.1
_READY_LIMIT_S = 30.0
_JOB_LIMIT_S = 120.0
_SHARED_PORT_TRIES = 8  # times the number of replicas


@dataclass(frozen=True)
class RoleStatus:
    """A role's replicas.

    How many there are to be, how many say that they are ready, and restarts of all of them so far.
    """

    replicas: int
    ready: int
    restarts: int


class _Set:
    """The replicas of one role. A service's share one port, as pods share a Kubernetes Service."""

    def __init__(self, role: str, worker: Worker) -> None:
        self.role = role
        self.worker = worker
        self.replicas: list[Replica] = []
        self.made = 0
        self.past_restarts = 0

    @property
    def tries(self) -> int:
        """How often to ask until each replica has answered: a shared port gives whichever it likes."""
        return _SHARED_PORT_TRIES * len(self.replicas) if self.worker.kind == "service" else 1


class Fleet:
    """Runs the roles of `stack.workers` as processes under `guard`.

    `references` gives the value of every logical address that the roles refer to (`broker.url`, …). Each process logs
    to `log_folder`/ROLE-N.log, across restarts, and notes the size and duration of its batches in
    ROLE-N.timings.jsonl. `root` is the checkout. `progress` is told of crashes and restarts. A
    context manager; safe to use from several threads.

    Every replica has a port of its own; those of a service share one, `pricing_url`, held from construction on.
    """

    def __init__(
        self,
        stack: Stack,
        references: Mapping[str, str],
        guard: Guard,
        log_folder: Path,
        root: Path,
        *,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self._stack = stack
        self._references = dict(references)
        self._guard = guard
        self._log_folder = log_folder
        self._root = root
        self._progress = progress or (lambda line: None)
        self._ports = Ports()
        self._shared = {role: self._ports.hold() for role, worker in stack.workers.items() if worker.kind == "service"}
        self._lock = threading.RLock()
        self._sets: dict[str, _Set] = {}
        self._stopping = threading.Event()
        self._tender = threading.Thread(target=self._tend, name="fleet", daemon=True)
        self._tender.start()

    def __enter__(self) -> "Fleet":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pricing_url(self) -> str:
        """Where the pricing service answers, once it runs: http://127.0.0.1:PORT."""
        if "pricing" not in self._shared:
            raise UnknownRole("the stack description has no service `pricing` in workers")
        return f"http://{LOOPBACK}:{self._shared['pricing']}"

    def addresses(self, role: str) -> list[str]:
        """The base URLs at which the role's replicas serve /live, /ready and /metrics; one where they share a port."""
        with self._lock:
            ports = [replica.port for replica in self._set(role).replicas]
        return [f"http://{LOOPBACK}:{port}" for port in dict.fromkeys(ports)]

    def run_job(self, role: str, *, timeout_s: float = _JOB_LIMIT_S) -> None:
        """Runs a job to its end. Raises JobFailed with the last lines of its log."""
        worker = self._worker(role)
        if worker.kind != "job":
            raise UnknownRole(f"{role} is no job but a {worker.kind}: start it")
        with Ports() as ports:
            child = self._start(role, worker, ports.hold(), self._log_folder / f"{role}.log", {})
            try:
                code = child.wait(timeout_s)
            finally:
                if child.alive():
                    child.stop(worker.grace_s)
        if code != 0:
            state = f"did not end within {timeout_s:g} s" if code is None else child.describe()
            log = "\n".join(f"  | {line}" for line in child.tail(12).splitlines())
            raise JobFailed(f"worker {role} {state}; the end of {child.log}:\n{log}")

    def start(
        self,
        role: str,
        replicas: int | None = None,
        *,
        once: Mapping[str, str] | None = None,
        wait: bool = True,
        timeout_s: float = _READY_LIMIT_S,
    ) -> None:
        """Starts a role with `replicas` (default: its minimum), and waits until all are ready unless told not to.

        `once`: more variables for the first process of each replica, such as WORKER_CRASH_AT; its restarts go without.
        Raises NotReady or ChildEnded with the last lines of the log.
        """
        worker = self._worker(role)
        if worker.kind == "job":
            raise UnknownRole(f"{role} is a job: run_job runs it to its end")
        with self._lock:
            if role in self._sets:
                raise FleetError(f"{role} has been started already: scale it")
            self._sets[role] = _Set(role, worker)
            self._grow(self._sets[role], worker.replicas.minimum if replicas is None else replicas, once or {})
        if wait:
            self.wait_ready(role, timeout_s=timeout_s)

    def scale(self, role: str, replicas: int) -> None:
        """Brings a role to `replicas`.

        New ones start and are not waited for, the newest stop and finish what they hold.
        """
        with self._lock:
            group = self._set(role)
            surplus = group.replicas[replicas:]
            del group.replicas[replicas:]
            group.past_restarts += sum(replica.restarts for replica in surplus)
            self._grow(group, replicas, {})
        _stop(surplus, group.worker.grace_s)

    def wait_ready(self, role: str, *, timeout_s: float = _READY_LIMIT_S) -> None:
        """Waits until every replica of a role is ready.

        Raises NotReady, or ChildEnded where one crashes again and again.
        """
        with self._lock:
            group = self._set(role)
            replicas = list(group.replicas)
        for replica in replicas:
            wait_until(
                lambda replica=replica: replica.ready(group.tries),  # type: ignore[misc]
                timeout_s=timeout_s,
                what=f"worker {replica.name} is ready",
                child=replica,
            )

    def replicas(self, role: str) -> list[Replica]:
        """The role's replicas now: who wants to harm one asks for its `pid` or sends it a `signal`."""
        with self._lock:
            return list(self._set(role).replicas)

    def status(self) -> dict[str, RoleStatus]:
        """The state of every role that has been started."""
        with self._lock:
            groups = [(group, list(group.replicas)) for group in self._sets.values()]
        return {
            group.role: RoleStatus(
                replicas=len(replicas),
                ready=sum(replica.ready(group.tries) for replica in replicas),
                restarts=group.past_restarts + sum(replica.restarts for replica in replicas),
            )
            for group, replicas in groups
        }

    def stop(self) -> None:
        """Stops all roles at once: each replica finishes or returns what it holds, within its role's grace."""
        self._stopping.set()
        if threading.current_thread() is not self._tender:
            self._tender.join()
        with self._lock:
            groups = list(self._sets.values())
            self._sets.clear()
        replicas = [replica for group in groups for replica in group.replicas]
        _stop(replicas, max((float(group.worker.grace_s) for group in groups), default=0.0))
        self._ports.close()

    def _worker(self, role: str) -> Worker:
        if role not in self._stack.workers:
            raise UnknownRole(f"there is no worker {role!r}; there are {', '.join(sorted(self._stack.workers))}")
        return self._stack.workers[role]

    def _set(self, role: str) -> _Set:
        self._worker(role)
        if role not in self._sets:
            raise FleetError(f"{role} has not been started")
        return self._sets[role]

    def _grow(self, group: _Set, replicas: int, once: Mapping[str, str]) -> None:
        if replicas < 0:
            raise FleetError(f"{group.role}: {replicas} replicas")
        while len(group.replicas) < replicas:
            group.made += 1
            name = f"{group.role}-{group.made}"
            port = self._shared.get(group.role) or self._ports.hold()
            replica = self._replica(group, name, port)
            replica.launch(once)
            group.replicas.append(replica)

    def _replica(self, group: _Set, name: str, port: int) -> Replica:
        log = self._log_folder / f"{name}.log"

        def start(more: Mapping[str, str]) -> Child:
            return self._start(group.role, group.worker, port, log, more)

        return Replica(name, port, log, start)

    def _start(self, role: str, worker: Worker, port: int, log: Path, more: Mapping[str, str]) -> Child:
        variables = environment(role, worker, self._references, root=self._root, host=LOOPBACK, port=port)
        return self._guard.start(
            log.stem,
            [sys.executable, "-m", "worker", role],
            log=log,
            env={**variables, "WORKER_TIMINGS_FILE": str(log.resolve().with_suffix(".timings.jsonl")), **more},
            cwd=self._root,
        )

    def _tend(self) -> None:
        """Restarts what has crashed, until the fleet stops or the guard is lost."""
        while not self._stopping.wait(_TEND_EVERY_S):
            with self._lock:
                for group in self._sets.values():
                    for replica in group.replicas:
                        try:
                            event = replica.tend()
                        except GuardLost:
                            return
                        except ProcessError as error:
                            event = f"{replica.name}: {error}"
                        if event:
                            self._progress(event)


def _stop(replicas: list[Replica], grace_s: float) -> None:
    if not replicas:
        return
    with ThreadPoolExecutor(len(replicas)) as pool:
        list(pool.map(lambda replica: replica.stop(grace_s), replicas))
