"""One machine that all parts of a stack run on: whatever one does, the others wait for its processors."""

from dataclasses import dataclass

from harness.capacity.engine.load import Load

_SMOOTHING_S = 5.0


@dataclass(frozen=True)
class Processors:
    """A machine's processors, and what asks for them: `idle_s_per_s` when there is no request, `request_s` by each.

    `request_s` has all that follows from a request in it, seconds of one processor, whichever part they are spent in.
    `stretches`: the times that a simulation is given are those of an idle machine, and the wait for a processor is
    added to them. Without it they have that wait, and only what is more than the processors can do waits besides.
    """

    count: int
    idle_s_per_s: float
    request_s: float
    stretches: bool = True

    def share(self, requests_per_s: float) -> float:
        """How busy so many requests make them, 0 to 1 and beyond."""
        return (self.idle_s_per_s + requests_per_s * self.request_s) / self.count


class Host:
    """How busy the processors are, and by how much longer everything takes for that."""

    def __init__(self, processors: Processors) -> None:
        self._processors = processors
        self.load = Load("processors", smoothing_s=_SMOOTHING_S, servers=processors.count, busy=processors.idle_s_per_s)

    def offer(self, answered: float, during_s: float) -> None:
        """So many requests were answered within `during_s`."""
        work_s = self._processors.idle_s_per_s * during_s + answered * self._processors.request_s
        self.load.offer(work_s, during_s, self._processors.count)

    @property
    def stretch(self) -> float:
        """By how much longer everything takes."""
        return self.load.stretch if self._processors.stretches else 1.0
