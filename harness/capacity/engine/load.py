"""A shared resource that requests use beside others: processors of a database, connections of a pool."""

import math

SMOOTHING_S = 15.0
_FULL = 0.98  # beyond it the formula explodes; what is too much waits in the backlog


def stretch(share: float, servers: float) -> float:
    """By how much longer work takes where `servers` are busy for that share of their time; see Load."""
    share, servers = min(share, _FULL), max(servers, 1.0)
    return 1 + share ** (math.sqrt(2 * (servers + 1)) - 1) / (servers * (1 - share)) if share else 1.0


class Load:
    """Work in seconds of one server, of which there are some; how much longer work takes follows from what came before.

    Up to its capacity as in M/M/c, by Sakasegawa's approximation of the wait (Annals of the Institute of Statistical
    Mathematics, 1977); beyond it the work that was not done waits, as a fluid. Both act on the next tick.

    How busy it is, is a mean over about `smoothing_s`; of its first `servers` `busy` work from the beginning.
    """

    def __init__(self, name: str, *, smoothing_s: float = SMOOTHING_S, servers: float = 1.0, busy: float = 0.0) -> None:
        self.name = name
        self._smoothing_s = smoothing_s
        self._busy = busy
        self._servers = servers
        self._backlog_s = 0.0

    def offer(self, work_s: float, during_s: float, servers: float) -> None:
        """`work_s` came within `during_s`, for so many `servers`."""
        self._servers = max(servers, 1e-9)
        self._busy += -math.expm1(-during_s / self._smoothing_s) * (work_s / during_s - self._busy)
        self._backlog_s = max(0.0, self._backlog_s + work_s - servers * during_s)

    @property
    def offered(self) -> float:
        """What comes, over what can be done: above 1 the resource is overloaded."""
        return self._busy / self._servers

    @property
    def utilization(self) -> float:
        """The share of its servers that work."""
        return 1.0 if self._backlog_s else min(self.offered, 1.0)

    @property
    def stretch(self) -> float:
        """By how much longer a unit of work takes than on an idle resource, without the backlog."""
        return stretch(self.offered, self._servers)

    @property
    def wait_s(self) -> float:
        """How long the backlog takes."""
        return self._backlog_s / self._servers
