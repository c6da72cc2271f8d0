"""The figures that the manifests take from the stack's description, and what a cluster could not keep of them."""

import re
from dataclasses import dataclass

from harness.rollout.errors import Contradiction
from harness.stack import Scaling, Stack, Worker

# A managed node group drains a node for 15 minutes before it removes what is left
# (https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html).
DRAIN_LIMIT_S = 900
# A worker that has not ended cuts itself off after its own grace. The kubelet's SIGKILL comes later, so that its last
# words are in the log.
MARGIN_S = 10
# What a rollout waits for a job. Kubernetes ends one that takes longer, once state and last words can have been read.
JOB_LIMIT_S = 900
JOB_DEADLINE_S = JOB_LIMIT_S + 60
# Before a pricing pod stops to listen, its load balancer has to stop sending: it takes a target out within its
# deregistration delay (terraform/modules/workers/pricing.tf).
UNBIND_S = 30
# The HPA controller's period, which EKS does not let one change.
HPA_PERIOD_S = 15
# Amazon MQ wants its management API asked once a minute at most
# (https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-4.html).
MANAGEMENT_PERIOD_S = 60

# Graviton: a1, and classes with a g behind the generation, such as m7g or c6gn.
_GRAVITON = re.compile(r"(a1|[a-z]+[0-9][a-z]*g[a-z]*)\.")


@dataclass(frozen=True)
class Role:
    """One role: its description, how it scales (None: it does not), and the name that Kubernetes allows for it."""

    role: str
    name: str
    worker: Worker
    scaling: Scaling | None

    @property
    def unbind_s(self) -> int:
        """How long the pod goes on serving after it is told to end."""
        return UNBIND_S if self.worker.kind == "service" else 0

    @property
    def termination_s(self) -> int:
        """`terminationGracePeriodSeconds`: what the pod may take to end, all in all."""
        return self.unbind_s + self.worker.grace_s + MARGIN_S


def roles(stack: Stack) -> tuple[Role, ...]:
    """Every role of `stack`, by name. Raises Contradiction for figures that the cluster could not keep."""
    found = tuple(
        Role(name, name.replace("_", "-"), worker, stack.scaling.get(name))
        for name, worker in sorted(stack.workers.items())
    )
    for role in found:
        _check(role)
    return found


def architecture(stack: Stack) -> str:
    """Of the nodes, as Kubernetes and Docker name it: arm64 or amd64."""
    return "arm64" if _GRAVITON.match(stack.cluster.nodes.instance_class) else "amd64"


def _check(role: Role) -> None:
    scaling = role.scaling
    if role.termination_s >= DRAIN_LIMIT_S:
        raise Contradiction(
            f"workers.{role.role}.grace_s is {role.worker.grace_s}: with {role.termination_s - role.worker.grace_s} s "
            f"around it the pod would outlast the drain of its node, which ends after {DRAIN_LIMIT_S} s"
        )
    if (scaling is None) != (role.worker.kind == "job"):
        raise Contradiction(f"scaling.{role.role}: every role but a job has one, and a job has none")
    if scaling is None:
        return
    if (scaling.minimum, scaling.maximum) != (role.worker.replicas.minimum, role.worker.replicas.maximum):
        raise Contradiction(f"scaling.{role.role} and workers.{role.role}.replicas have different bounds")
    if scaling.controller == "hpa" and scaling.polling_s != HPA_PERIOD_S:
        raise Contradiction(
            f"scaling.{role.role}.polling_s is {scaling.polling_s}: an HPA looks every {HPA_PERIOD_S} s, and EKS has "
            f"no setting for it; write {HPA_PERIOD_S}"
        )
    if scaling.controller == "hpa" and not scaling.target_value.is_integer():
        raise Contradiction(
            f"scaling.{role.role}.target_value is {scaling.target_value}: an HPA takes a whole percentage"
        )
    if scaling.metric == "queue_length" and scaling.polling_s < MANAGEMENT_PERIOD_S:
        raise Contradiction(
            f"scaling.{role.role}.polling_s is {scaling.polling_s}: Amazon MQ's management API may be asked every "
            f"{MANAGEMENT_PERIOD_S} s; write {MANAGEMENT_PERIOD_S} or more"
        )
