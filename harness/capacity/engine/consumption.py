"""What a simulation uses, as AWS bills it."""

from collections import defaultdict
from dataclasses import replace

import numpy as np

from harness.capacity.at_rest import usage_at_rest, vcpus
from harness.capacity.engine.assumptions import Assumptions
from harness.capacity.kernel.compiled import Floats
from harness.capacity.prices import HOURS_PER_MONTH
from harness.capacity.usage import FunctionUsage, Usage
from harness.stack import Stack

NOT_COUNTED = (
    "storage of the databases, data through NAT gateways and endpoints, between zones and through the load balancer, "
    "calls of KMS and Secrets Manager, Container Insights, logs but those of functions and of the API"
)
"""What of the bill a simulation knows nothing of."""

_IDLE_POLLS_PER_S = 0.25  # Lambda's five pollers of an empty queue, 15 calls a minute (Lambda developer guide)
_GB = 1e9
_SENT, _BY_BATCH = 1, 2  # SQS calls: a message is sent; a batch is received and deleted


class Consumption:
    """Sums of quantities over the recorded time."""

    def __init__(self, stack: Stack, assumptions: Assumptions) -> None:
        self._stack = stack
        self._assumptions = assumptions
        self._seconds = 0.0
        self._sums: dict[str, float] = defaultdict(float)
        self._gb = {name: function.memory_mb / 1024 for name, function in stack.functions.items()}
        self._functions: dict[str, FunctionUsage] = {
            name: FunctionUsage(function.architecture) for name, function in stack.functions.items()
        }

    def hours(self, during_s: float, *, nodes_s: float, readers_s: float, documents_s: float) -> None:
        """Within `during_s` instances were there for so many seconds in sum, those included that start or end."""
        self._seconds += during_s
        for name, seconds in (("nodes", nodes_s), ("readers", readers_s), ("documents", documents_s)):
            self._sums[name] += seconds / 3600

    def invoked(
        self, function: str, invocations: float, on_demand_s: float, provisioned_s: float, configured_s: float
    ) -> None:
        """Invocations, their seconds that are paid in each kind of environment, and those of all provisioned ones."""
        gb, before = self._gb[function], self._functions[function]
        self._functions[function] = replace(
            before,
            invocations=before.invocations + invocations,
            gb_seconds=before.gb_seconds + on_demand_s * gb,
            provisioned_gb_seconds=before.provisioned_gb_seconds + configured_s * gb,
            provisioned_run_gb_seconds=before.provisioned_run_gb_seconds + provisioned_s * gb,
        )

    def passed(
        self, *, attempts: int, requests: int, answers: Floats, overflowed: int, polled: int, written: int, shown: int
    ) -> None:
        """Requests that came to the API, those that it let through, answers by operation, messages of the stages."""
        self._sums["attempts"] += attempts
        self._sums["requests"] += requests
        self._sums["answers"] += float(np.sum(answers))
        self._sums["sqs"] += _SENT * overflowed + _BY_BATCH * polled
        self._sums["written"] += written
        self._sums["shown"] += shown

    @property
    def usage(self) -> Usage:
        """All of it."""
        stack, sums, assumptions = self._stack, self._sums, self._assumptions
        hours = self._seconds / 3600
        rest = usage_at_rest(stack)
        rest = rest.times(hours / rest.hours)
        writer, reader = stack.mysql.members.instance_class, stack.mysql.replicas.instance_class
        aurora_hours: dict[str, float] = defaultdict(float)
        aurora_hours[writer] += hours
        aurora_hours[reader] += sums["readers"]
        io = assumptions.io_per_message
        invocations = sum(each.invocations for each in self._functions.values())
        return replace(
            rest,
            api_requests=sums["requests"],
            functions=dict(self._functions),
            sqs_requests=sums["sqs"] + _IDLE_POLLS_PER_S * self._seconds,
            aurora_hours=dict(aurora_hours),
            aurora_proxy_vcpu_hours=hours * vcpus(writer) + sums["readers"] * vcpus(reader),
            aurora_io_requests=io * sums["written"],
            documents_hours={stack.documents.members.instance_class: sums["documents"]},
            documents_io_requests=io * sums["shown"],
            node_hours={stack.cluster.nodes.instance_class: sums["nodes"]},
            node_disk_gb_months=stack.cluster.nodes.disk_gb * sums["nodes"] / HOURS_PER_MONTH,
            log_gb=(invocations * assumptions.log_bytes + sums["attempts"] * assumptions.access_log_bytes) / _GB,
            data_out_gb=sums["answers"] * assumptions.answer_bytes / _GB,
        )
