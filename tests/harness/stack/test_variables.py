import pytest

from harness.stack import Stack, limits


@pytest.mark.parametrize("role", ["orders", "outbox", "read_model"])
def test_who_takes_messages_is_told_how_many(stack: Stack, role: str):
    worker = stack.workers[role]
    assert limits(worker) == {
        "WORKER_GRACE_S": str(worker.grace_s),
        "WORKER_PREFETCH": str(worker.prefetch),
        "WORKER_BATCH_SIZE": str(worker.batch_size),
        "WORKER_BATCH_WAIT_MS": str(worker.batch_wait_ms),
        "WORKER_MAX_ATTEMPTS": str(worker.max_attempts),
    }


@pytest.mark.parametrize("role", ["migrate", "pricing"])
def test_the_others_are_told_when_to_have_ended(stack: Stack, role: str):
    assert limits(stack.workers[role]) == {"WORKER_GRACE_S": str(stack.workers[role].grace_s)}
