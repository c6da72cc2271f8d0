"""Metrics for Prometheus. The names are the contract with dashboards and scaling rules."""

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from worker.timings import Timings

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_PLAIN_0_0_4

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


# A second series per counter, with the time of its birth, is nothing that we ask for.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of one process, in a registry of their own; with `timings` each batch and request is also on file."""

    def __init__(self, timings: Timings | None = None) -> None:
        self._timings = timings
        self.registry = CollectorRegistry()
        prometheus_client.ProcessCollector(registry=self.registry)
        self.messages = Counter(
            "worker_messages", "Deliveries settled, by what became of them", ["result"], registry=self.registry
        )
        self.repeats = Counter(
            "worker_repeats", "Deliveries that had taken effect before, or were overtaken", registry=self.registry
        )
        self.outcomes = Counter(
            "worker_command_outcomes", "Commands that took effect, by outcome", ["outcome"], registry=self.registry
        )
        self.batch_size = Histogram("worker_batch_size", "Messages per batch", buckets=_SIZES, registry=self.registry)
        self.batch_seconds = Histogram(
            "worker_batch_seconds", "Time to settle a batch", buckets=_SECONDS, registry=self.registry
        )
        self.connected = Gauge("worker_connected", "1 where connected, else 0", ["part"], registry=self.registry)
        self.connects = Counter(
            "worker_connects", "Connections made, reconnections included", ["part"], registry=self.registry
        )
        self.retried_transactions = Counter(
            "worker_retried_transactions", "Transactions repeated after a conflict", registry=self.registry
        )
        self.published = Counter("outbox_published", "Events confirmed by the broker", registry=self.registry)
        self.unpublished = Gauge("outbox_unpublished", "Events waiting in the outbox", registry=self.registry)
        self.requests = Counter("pricing_requests", "Requests answered", ["status"], registry=self.registry)
        self.request_seconds = Histogram(
            "pricing_request_seconds", "Time to answer a request", buckets=_SECONDS, registry=self.registry
        )

    def batch(self, size: int, seconds: float) -> None:
        """A batch of `size` messages was settled in `seconds`."""
        self.batch_size.observe(size)
        self.batch_seconds.observe(seconds)
        if self._timings is not None:
            self._timings.add(size, seconds)

    def request(self, status: int, seconds: float) -> None:
        """A request was answered with `status` in `seconds`."""
        self.request_seconds.observe(seconds)
        self.requests.labels(str(status)).inc()
        if self._timings is not None:
            self._timings.add(1, seconds)

    def render(self) -> bytes:
        """All of them in Prometheus's text format 0.0.4."""
        return prometheus_client.generate_latest(self.registry)
