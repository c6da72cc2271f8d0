"""The stores are opened as the rest of the run opens them."""

from types import SimpleNamespace
from typing import Any

from harness.scenario import evidence
from harness.services import Sqs
from harness.stack import Stack


def a_stage(stack: Stack, **endpoints: Any) -> Any:
    """As much of a stage as gathering needs."""
    return SimpleNamespace(stack=stack, endpoints=SimpleNamespace(**endpoints), queue_urls={})


def test_queues_are_read_in_the_stacks_region_where_they_were_made(stack: Stack) -> None:
    client = evidence._sqs(a_stage(stack, sqs=Sqs("http://127.0.0.1:9")))
    assert client.meta.region_name == stack.region
