"""MySQL and DocumentDB: how much of them is used, and how much longer everything takes that waits for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.capacity.engine import sizes
from harness.capacity.engine.assumptions import Assumptions
from harness.capacity.engine.load import Load
from harness.capacity.engine.operations import Operations, Part
from harness.capacity.engine.path import Passed, Path
from harness.capacity.kernel.compiled import Floats
from harness.stack import Stack

_CROWDED = 0.9
_FROM_REPLICAS = ("secondary", "secondaryPreferred")


@dataclass(frozen=True)
class Waits:
    """What a statement meets: by how much longer it takes, what it waits for first, and whether there is no answer."""

    stretch: float
    wait_s: float
    away: bool


class Databases:
    """Processors of Aurora's writer and readers, of DocumentDB's primary and replicas, the proxy's connections, the
    hottest row.

    A function's statement keeps a connection of the proxy for as long as it takes. Reads of the read model go where the
    stack's read preference sends them: to the replicas alike, or to the primary where there are none.
    """

    def __init__(self, stack: Stack, operations: Operations, assumptions: Assumptions) -> None:
        self._stack = stack
        self._operations = operations
        self._assumptions = assumptions
        self._mysql_vcpus = sizes.vcpus(stack.mysql.members.instance_class)
        self._documents_vcpus = sizes.vcpus(stack.documents.members.instance_class)
        self.writer = Load("mysql writer")
        self.readers = Load("mysql readers")
        self.documents = Load("documents primary")
        self.replicas = Load("documents replicas")
        self.proxy = Load("mysql proxy")
        self.hot_row = Load("mysql hottest row")
        self.proxy_limit = stack.mysql.connection_limit * stack.mysql.proxy_max_connections_percent / 100
        # Seconds of work in each second: on the writer, on the primary, on the hottest row.
        self._batches_per_s = (0.0, 0.0, 0.0)
        self._mysql_away_until_s = self._documents_away_until_s = self._primary_away_until_s = -1.0
        self._unnoticed_until_s = -1.0
        self._from_replicas = stack.documents.read_preference in _FROM_REPLICAS
        self._replicas = 0

    def lose_writer(self, until_s: float) -> None:
        """MySQL's writer does not answer before `until_s`."""
        # Workers are paused meanwhile, and ask for nothing.
        self._batches_per_s = (0.0, 0.0, 0.0)
        self._mysql_away_until_s = max(self._mysql_away_until_s, until_s)

    def lose_documents(self, now_s: float, until_s: float) -> None:
        """DocumentDB does not answer before `until_s`."""
        self._documents_away_until_s = max(self._documents_away_until_s, until_s)
        # Then each environment has learnt it by a read that timed out. That it asks again now and then is left out.
        self._unnoticed_until_s = now_s + self._assumptions.documents_timeout_s

    def lose_primary(self, until_s: float) -> None:
        """DocumentDB's primary does not answer before `until_s`; replicas do."""
        self._primary_away_until_s = max(self._primary_away_until_s, until_s)

    def offer(self, now_s: float, answered: Floats, during_s: float, *, readers: int, instances: int) -> None:
        """What functions have asked of them within `during_s`, by operation, beside the stages' batches.

        `readers` are Aurora's, `instances` all of DocumentDB's.
        """
        busy = self._assumptions.database_busy
        # While DocumentDB is away nothing is answered but what MySQL has.
        from_mysql = 1.0 if now_s < self._documents_away_until_s else self._assumptions.reads_from_mysql
        statements_s = self._operations.waiting("mysql", answered)
        reads_s = self._operations.waiting("documents", answered)
        written_s, shown_s, hot_s = (per_s * during_s for per_s in self._batches_per_s)
        self.writer.offer(busy * (statements_s + written_s), during_s, self._mysql_vcpus)
        self.readers.offer(busy * from_mysql * reads_s, during_s, self._mysql_vcpus * max(readers, 1))
        self._replicas = max(instances - 1, 0) if self._from_replicas else 0
        read_s = busy * reads_s * (1 - from_mysql)
        of_primary_s = 0.0 if self._replicas else read_s
        self.documents.offer(of_primary_s + busy * shown_s, during_s, self._documents_vcpus)
        self.replicas.offer(read_s - of_primary_s, during_s, self._documents_vcpus * max(self._replicas, 1))
        held_s = statements_s * self.writer.stretch + from_mysql * reads_s * self.readers.stretch
        self.proxy.offer(held_s, during_s, self.proxy_limit)
        self.hot_row.offer(hot_s, during_s, 1)

    def offer_batches(self, passed: Mapping[str, Passed], path: Path, during_s: float) -> None:
        """What the stages' batches have asked within a tick: they will ask as much in the next."""
        share = self._assumptions.batch_in_database
        batches_s = {
            name: share * each.batches * path.mean_batch_s(name, each.messages / each.batches)
            for name, each in passed.items()
            if each.batches
        }
        of_mysql, of_documents = self._operations.machine("mysql"), self._operations.machine("documents")
        orders = passed["orders"]
        touching = 1 - (1 - self._assumptions.hot_row) ** (orders.messages / orders.batches) if orders.batches else 0.0
        self._batches_per_s = (
            (batches_s.get("orders", 0.0) + batches_s.get("outbox", 0.0)) * of_mysql / during_s,
            (batches_s.get("read_model", 0.0) + batches_s.get("notifications", 0.0)) * of_documents / during_s,
            batches_s.get("orders", 0.0) * of_mysql * touching / during_s,
        )

    @property
    def crowded(self) -> bool:
        """Whether one of them is so full that its waits change within a tick."""
        shared = (self.writer, self.readers, self.documents, self.replicas, self.proxy)
        return any(each.wait_s or each.offered > _CROWDED for each in shared)

    def mysql_connections(self, pods: Mapping[str, int]) -> float:
        """Connections of the writer: one of each pod that writes, and those that statements keep of the proxy."""
        return pods["orders"] + pods["outbox"] + min(self.proxy.offered, 1.0) * self.proxy_limit

    def documents_connections(self, pods: Mapping[str, int], environments: int) -> float:
        """Connections of the primary, with so many `environments` of `queries`: one of each, and one of each pod."""
        return environments + pods["read_model"]

    def waits(self, part: Part, now_s: float) -> Waits:
        """What a function's statement meets at `now_s`."""
        if part == "mysql":
            limit_s = self._stack.mysql.proxy_borrow_timeout_s
            away = now_s < self._mysql_away_until_s or self.proxy.wait_s > limit_s
            if away:
                return Waits(1.0, self._assumptions.documents_timeout_s, True)
            return Waits(self.writer.stretch * self.proxy.stretch, self.writer.wait_s + self.proxy.wait_s, False)
        if part == "documents":
            load = self.replicas if self._replicas else self.documents
            away_until_s = self._documents_away_until_s
            if not self._replicas:
                away_until_s = max(away_until_s, self._primary_away_until_s)
            if now_s < away_until_s:
                return Waits(1.0, self._unnoticed_s(now_s), True)
            return Waits(load.stretch, load.wait_s, False)
        return Waits(1.0, 0.0, False)

    def instead(self, now_s: float) -> Waits:
        """What a read of one order meets that goes to Aurora's readers, since the read model is away."""
        borrow_s = min(self.proxy.wait_s, self._stack.mysql.proxy_borrow_timeout_s)
        wait_s = self.readers.wait_s + borrow_s + self._unnoticed_s(now_s)
        return Waits(self.readers.stretch * self.proxy.stretch, wait_s, False)

    def _unnoticed_s(self, now_s: float) -> float:
        """What functions wait in vain for DocumentDB before they know that it is away: their breakers open then."""
        return self._assumptions.documents_timeout_s if now_s < self._unnoticed_until_s else 0.0

    def batch_factor(self, stage: str, mean_batch_s: float) -> float:
        """By how much longer a stage's batches take, whose mean is so long on idle machines."""
        share = self._assumptions.batch_in_database
        if stage in ("orders", "outbox"):
            stretch, wait_s, machine = self.writer.stretch, self.writer.wait_s, self._operations.machine("mysql")
            if stage == "orders" and self._assumptions.hot_row:
                stretch, wait_s = stretch * self.hot_row.stretch, wait_s + self.hot_row.wait_s
        elif stage in ("read_model", "notifications"):
            stretch, wait_s = self.documents.stretch, self.documents.wait_s
            machine = self._operations.machine("documents")
        else:
            return 1.0
        return 1 - share + share * machine * stretch + wait_s / mean_batch_s
