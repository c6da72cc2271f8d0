"""Where independent simulations run: processes of this machine, or a Dask cluster."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Protocol, TypeVar

from harness.capacity.errors import ExecutorError

T = TypeVar("T")
R = TypeVar("R")

_ANSWER_S = 10


class Executor(Protocol):
    """Runs work elsewhere. To be left by `with`, which ends what is not done."""

    def start(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """Begins `work` on all `items`; their results come in this order, each as soon as it is there."""
        ...

    @property
    def width(self) -> int:
        """How many run side by side."""
        ...

    def __enter__(self) -> "Executor": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Processes:
    """`count` processes of this machine, by default one for each processor but that of the caller."""

    def __init__(self, count: int | None = None) -> None:
        self._count = count or max(usable() - 1, 1)
        # Fresh interpreters: numba's threads and caches do not survive a fork.
        self._pool = multiprocessing.get_context("spawn").Pool(self._count, _leave_interrupts)

    def start(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """Begins `work` on all `items`; the results come in this order."""
        return self._pool.imap(work, items)

    @property
    def width(self) -> int:
        return self._count

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.terminate()
        self._pool.join()


def usable() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0))


def _leave_interrupts() -> None:
    """Ctrl-C reaches the whole group of processes; the parent alone answers it, and ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Dask:
    """A Dask cluster at `address`, whose workers have this project installed in the same version.

    Raises ExecutorError without the library, where nobody answers there, and where the cluster has no worker.
    """

    def __init__(self, address: str) -> None:
        try:
            from dask import distributed
        except ImportError:
            raise ExecutorError("a cluster needs the library `distributed`: pip install 'distributed'") from None
        client: Any = distributed.Client  # of a library that may be absent: its types are not relied upon
        try:
            self._client = client(address, timeout=_ANSWER_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise ExecutorError(f"{address}: no Dask scheduler answers there: {error}") from None
        try:
            self._client.wait_for_workers(1, timeout=_ANSWER_S)
        except TimeoutError:
            self._client.close()
            raise ExecutorError(f"{address}: no worker is there; start one: dask worker {address}") from None

    def start(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """Begins `work` on all `items`; the results come in this order. They raise ExecutorError where it is lost."""
        return self._results(self._client.map(work, list(items), pure=False))

    def _results(self, futures: Sequence[Any]) -> Iterator[Any]:
        from dask.distributed import CancelledError, KilledWorker

        for future in futures:
            try:
                yield future.result()
            except ImportError as error:
                raise ExecutorError(f"a worker of the cluster lacks this project: {error}; install it there") from None
            except (CancelledError, KilledWorker) as error:
                raise ExecutorError(f"the cluster has lost what it was working on: {error}") from None

    @property
    def width(self) -> int:
        threads: int = sum(self._client.nthreads().values())
        return max(threads, 1)

    def __enter__(self) -> "Dask":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()


def executor(address: str | None = None, *, processes: int | None = None) -> Executor:
    """A Dask cluster's where an address is given, else this machine's. Raises ExecutorError."""
    return Dask(address) if address else Processes(processes)
