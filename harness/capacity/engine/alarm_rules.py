"""The stack's alarms for a report: what each watches, and whether it can go off at all."""

from dataclasses import dataclass

from harness.capacity.controllers import without_data
from harness.capacity.engine.metrics import not_simulated
from harness.stack import Stack

_SIGNS = {
    "GreaterThanOrEqualToThreshold": "≥",
    "GreaterThanThreshold": ">",
    "LessThanOrEqualToThreshold": "≤",
    "LessThanThreshold": "<",
}


@dataclass(frozen=True)
class Rule:
    """What an alarm of a `tier` watches. `blind` says why it never goes off here, None where it may."""

    tier: str
    watches: str
    actions: tuple[str, ...]
    blind: str | None


def rules(stack: Stack) -> dict[str, Rule]:
    """Every alarm by name."""
    never, unseen = without_data(stack), not_simulated(stack)
    blind = dict.fromkeys(unseen, "not simulated") | {name: f"never gets data: {why}" for name, why in never.items()}
    return {
        name: Rule(
            alarm.tier,
            f"{alarm.namespace} {alarm.metric}, {alarm.statistic} of {alarm.period_s} s "
            f"{_SIGNS[alarm.comparison]} {alarm.threshold:,g}, {alarm.datapoints} of {alarm.evaluation_periods} times",
            alarm.actions,
            blind.get(name),
        )
        for name, alarm in stack.alarms.items()
    }
