from pathlib import Path

import pytest

from harness import stack as stacks
from harness.fleet import UnknownReference
from harness.fleet.environment import environment

ROOT = Path(__file__).resolve().parents[3]
STACK = stacks.load(ROOT / "terraform" / "stack.local.json")


def test_a_worker_gets_its_settings_addresses_and_limits() -> None:
    worker = STACK.workers["orders"]
    references = {name: f"<{name}>" for name in worker.references.values()}
    variables = environment("orders", worker, references, root=ROOT, host="127.0.0.1", port=1234)
    assert variables["MYSQL_URL"] == "<mysql.direct_url>"
    assert variables["BROKER_CREDENTIALS"] == "<broker.credentials>"
    assert variables["LOG_LEVEL"] == "INFO"
    assert variables["WORKER_PREFETCH"] == str(worker.prefetch)
    assert variables["WORKER_BATCH_SIZE"] == str(worker.batch_size)
    assert (variables["WORKER_HOST"], variables["WORKER_PORT"]) == ("127.0.0.1", "1234")
    assert variables["PYTHONPATH"] == f"{ROOT}/worker_src:{ROOT}"


def test_limits_are_for_those_who_take_batches() -> None:
    variables = environment("pricing", STACK.workers["pricing"], {}, root=ROOT, host="127.0.0.1", port=1)
    assert "WORKER_BATCH_SIZE" not in variables
    assert variables["WORKER_GRACE_S"] == "30"


def test_an_address_that_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownReference, match=r"workers\.orders\.references\.\w+: '[a-z_.]+' is not known .* x\.y"):
        environment("orders", STACK.workers["orders"], {"x.y": "z"}, root=ROOT, host="127.0.0.1", port=1)
