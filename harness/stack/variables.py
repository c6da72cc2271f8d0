"""The variables that tell a worker its limits: the same in a replay and in its pod."""

from harness.stack.model import Worker


def limits(worker: Worker) -> dict[str, str]:
    """Variables of a role's limits, by name: WORKER_GRACE_S for all, prefetch and batches where messages are taken."""
    grace = {"WORKER_GRACE_S": str(worker.grace_s)}
    if worker.kind not in ("consumer", "relay"):
        return grace
    return {
        **grace,
        "WORKER_PREFETCH": str(worker.prefetch),
        "WORKER_BATCH_SIZE": str(worker.batch_size),
        "WORKER_BATCH_WAIT_MS": str(worker.batch_wait_ms),
        "WORKER_MAX_ATTEMPTS": str(worker.max_attempts),
    }
