"""The metrics that the stack's alarms watch, as far as the simulation has them."""

from harness.capacity.controllers import Alarm, Metric
from harness.stack import Alarm as Description
from harness.stack import Stack

Key = tuple[str, str, str, str]

SIMULATED = frozenset(
    {
        ("AWS/ApiGateway", "5xx"),
        ("AWS/ApiGateway", "Latency"),
        ("AWS/AmazonMQ", "MessageReadyCount"),
        ("AWS/AmazonMQ", "ConnectionCount"),
        ("AWS/AmazonMQ", "SystemCpuUtilization"),
        ("AWS/AmazonMQ", "RabbitMQMemUsed"),
        ("AWS/AmazonMQ", "RabbitMQDiskFree"),
        ("AWS/Lambda", "ConcurrentExecutions"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/Lambda", "Duration"),
        ("AWS/DocDB", "CPUUtilization"),
        ("AWS/DocDB", "DatabaseConnections"),
        ("AWS/RDS", "DatabaseConnections"),
        ("AWS/RDS", "CPUUtilization"),
        ("AWS/RDS", "DatabaseConnectionsBorrowLatency"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("ContainerInsights", "node_cpu_reserved_capacity"),
        ("ContainerInsights", "pod_status_pending"),
        ("AWS/EKS", "scheduler_pending_pods_UNSCHEDULABLE"),
    }
)
"""Namespace and name of what `record` is called with."""


class Metrics:
    """Metrics by namespace, name, and kind and name of the part that they are of; and the alarms on them."""

    def __init__(self, stack: Stack) -> None:
        self._metrics: dict[Key, Metric] = {}
        self.alarms = {name: Alarm(name, each, self._of(each)) for name, each in stack.alarms.items()}

    def record(
        self, namespace: str, name: str, kind: str, of: str, now_s: float, value: float, count: float = 1.0
    ) -> None:
        """Samples of what some alarm watches; others are dropped."""
        metric = self._metrics.get((namespace, name, kind, of))
        if metric is not None:
            metric.record(now_s, value, count)

    def _of(self, alarm: Description) -> Metric:
        # What is watched by queue never gets data from RabbitMQ 4: dimensions of one part alone are kept.
        kind, of = (",".join(part) for part in (alarm.dimensions.keys(), alarm.dimensions.values()))
        return self._metrics.setdefault((alarm.namespace, alarm.metric, kind, of), Metric())


def not_simulated(stack: Stack) -> list[str]:
    """The alarms whose metrics a simulation has nothing of."""
    return [name for name, alarm in stack.alarms.items() if (alarm.namespace, alarm.metric) not in SIMULATED]
