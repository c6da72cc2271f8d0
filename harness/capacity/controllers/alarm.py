"""CloudWatch alarms: M of N datapoints, missing data, and which actions are repeated.

Source: Amazon CloudWatch user guide, "Using Amazon CloudWatch alarms"; the rule itself is harness/stack/alarm_rule.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.capacity.controllers.clock import Clock
from harness.capacity.controllers.metric import Metric
from harness.stack import Alarm as Description
from harness.stack import Stack
from harness.stack.alarm_rule import BREACHES, EXTRA_PERIODS, State, judge

EVERY_S = 60
"""How often CloudWatch judges an alarm whose period is a minute or more."""
SCALING_ACTIONS = frozenset({"scale_out_nodes", "scale_in_nodes"})
"""The stack's actions that are Auto Scaling policies (terraform/alarms.tf): `notify` is SNS, the others Lambda."""


@dataclass(frozen=True)
class Invocation:
    """An alarm takes one of its actions; `value` is the metric's newest datapoint, None where that is missing."""

    time_s: float
    alarm: str
    action: str
    value: float | None
    threshold: float


@dataclass(frozen=True)
class Transition:
    """The alarm's state from `time_s` on."""

    time_s: float
    alarm: str
    state: State


class Alarm:
    """One alarm of the stack on `metric`: `state`, and its `transitions` for the timeline.

    Actions in `repeated` are taken each minute while the state is ALARM, all others once when it becomes ALARM.
    """

    def __init__(
        self, name: str, described: Description, metric: Metric, *, repeated: frozenset[str] = SCALING_ACTIONS
    ) -> None:
        self.name = name
        self.described = described
        self.metric = metric
        self.state = State.INSUFFICIENT_DATA
        self.transitions: list[Transition] = []
        self._repeated = repeated
        self._clock = Clock(EVERY_S)

    @property
    def raised(self) -> bool:
        """Whether the state is ALARM."""
        return self.state is State.ALARM

    def step(self, now_s: float) -> tuple[Invocation, ...]:
        """Judges, once a minute, and returns the actions that are taken."""
        if not self._clock.due(now_s):
            return ()
        described = self.described
        points = self.metric.points(
            now_s,
            described.evaluation_periods + EXTRA_PERIODS,
            period_s=described.period_s,
            statistic=described.statistic,
        )
        breaches = BREACHES[described.comparison]
        state = judge(
            [None if point is None else breaches(point, described.threshold) for point in points],
            datapoints=described.datapoints,
            periods=described.evaluation_periods,
            missing=described.missing_data,
        )
        changed = state is not None and state is not self.state
        if state is not None and changed:
            self.state = state
            self.transitions.append(Transition(now_s, self.name, state))
        if not self.raised:
            return ()
        return tuple(
            Invocation(now_s, self.name, action, points[-1], described.threshold)
            for action in described.actions
            if changed or action in self._repeated
        )


def without_data(stack: Stack) -> Mapping[str, str]:
    """The alarms that can never get data, and why: RabbitMQ 4 on Amazon MQ publishes nothing of single queues.

    Source: Amazon MQ developer guide, "Amazon MQ for RabbitMQ 4".
    """
    if int(stack.broker.engine_version.split(".")[0]) < 4:
        return {}
    return {
        name: f"RabbitMQ {stack.broker.engine_version} on Amazon MQ has metrics of the broker and its nodes alone: "
        f"{alarm.metric} of a queue never gets data"
        for name, alarm in stack.alarms.items()
        if alarm.namespace == "AWS/AmazonMQ" and "queue" in {key.lower() for key in (*alarm.dimensions, *alarm.across)}
    }
