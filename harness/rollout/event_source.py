"""The RabbitMQ event source, which Terraform makes disabled: its queue exists only once `migrate` has run."""

import time
from collections.abc import Callable
from typing import Any

from harness.rollout import aws
from harness.rollout.errors import NotDone

_LIMIT_S = 600.0
_PAUSE_S = 5.0


def enable(
    name: str,
    uuid: str,
    client: Any,
    *,
    progress: Callable[[str], object],
    pause: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Enables the event source mapping `uuid` and waits until Lambda says so. `client` is boto3's of Lambda.

    Raises AwsRefused, and NotDone with the state and the reason that Lambda gives.
    """
    mapping = aws.call(lambda: client.get_event_source_mapping(UUID=uuid))
    if mapping["State"] not in ("Enabled", "Enabling"):
        progress(f"event source {name}: enabling")
        aws.call(lambda: client.update_event_source_mapping(UUID=uuid, Enabled=True))
    deadline = clock() + _LIMIT_S
    while True:
        mapping = aws.call(lambda: client.get_event_source_mapping(UUID=uuid))
        if mapping["State"] == "Enabled":
            progress(f"event source {name}: enabled")
            return
        if clock() > deadline:
            reason = mapping.get("StateTransitionReason", "no reason given")
            raise NotDone(f"event source {name} is {mapping['State']} after {_LIMIT_S:g} s: {reason}")
        pause(_PAUSE_S)
