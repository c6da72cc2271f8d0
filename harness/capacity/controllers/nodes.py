"""The cluster's nodes: an Auto Scaling group with one step out and one in (terraform/modules/workers/scaling.tf)."""

import numpy as np

from harness.capacity.controllers.capacity import Capacity
from harness.capacity.controllers.delays import NODE_DRAIN, NODE_START, Delay, Singly
from harness.capacity.controllers.step_scaling import Step, StepPolicy, StepScaling
from harness.stack import Stack

OUT, IN = "scale_out_nodes", "scale_in_nodes"


def node_scaling(
    stack: Stack,
    *,
    start: Delay = NODE_START,
    drain: Delay = NODE_DRAIN,
    generator: np.random.Generator | None = None,
) -> StepScaling:
    """The stack's nodes, moved by the alarms nodes_pending_pods, nodes_cpu_high and nodes_cpu_low."""
    scaling, nodes = stack.scaling["nodes"], stack.cluster.nodes
    capacity = Capacity(
        scaling.target,
        scaling.minimum,
        scaling.maximum,
        start=Singly(start, generator),
        stop=Singly(drain, generator),
    )
    return StepScaling(
        capacity,
        {
            OUT: StepPolicy((Step(0, None, nodes.step_out),)),
            IN: StepPolicy((Step(None, 0, -nodes.step_in),)),
        },
        warmup_s=nodes.warmup_s,
    )
