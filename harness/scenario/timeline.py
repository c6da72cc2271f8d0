"""What the report's charts show, from the history of a run."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.report import Band, Series, Timeline
from harness.scenario.evidence import BUSY
from harness.scenario.verdict import FaultRecord
from harness.traffic import stats


def build(
    records: Sequence[Mapping[str, Any]],
    seconds: Sequence[stats.Second],
    faults: Sequence[FaultRecord],
    start_ns: int,
) -> Timeline:
    """Latency and throughput by second, backlog and functions at work by sample, faults as bands."""
    samples = [((record["t"] - start_ns) / 1e9, record["backlog"]) for record in records if record["type"] == "sample"]
    samples = [(at_s, backlog) for at_s, backlog in samples if at_s >= 0]
    # A queue that never held anything would only fill the legend.
    queues = sorted({name for _, backlog in samples for name, count in backlog.items() if count} - {BUSY})
    last_s = max((at_s for at_s, _ in samples), default=0.0)
    return Timeline(
        span_s=max(len(seconds), last_s),
        latency_ms=[
            Series(name, [(second.second + 0.5, getattr(second.latency_ms, name)) for second in seconds])
            for name in ("p50", "p95", "p99", "max")
        ],
        throughput_per_s=[
            Series(name, [(second.second + 0.5, getattr(second, name)) for second in seconds])
            for name in ("sent", "acknowledged", "refused", "indeterminate", "dropped")
            if name == "sent" or any(getattr(second, name) for second in seconds)
        ],
        backlog=[Series(name, [(at_s, backlog.get(name)) for at_s, backlog in samples]) for name in queues],
        busy=[Series("at work", [(at_s, backlog.get(BUSY)) for at_s, backlog in samples])],
        bands=[Band(fault.kind, fault.start_s, fault.end_s) for fault in faults],
    )
