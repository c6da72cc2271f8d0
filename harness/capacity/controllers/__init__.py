"""Controllers: what scales what, by the rule that its maker publishes, each at its own pace.

| class | period | rule |
|---|---|---|
| `Alarm` | 60 s | CloudWatch: M of N, missing data; Auto Scaling actions repeat each minute, SNS and Lambda do not |
| `StepPolicy`, `StepScaling`, `node_scaling` | by alarm | EC2 and Application Auto Scaling: step adjustments, warm-up |
| `TargetTracking` | 60 s | Application Auto Scaling: proportional out, gradual in, cooldowns, two alarms |
| `provisioned_concurrency` | 60 s | the same on Lambda's utilisation, with Lambda's pace of allocation |
| `aurora_replicas` | 60 s | the same on the readers' CPU: 5 minutes above, one replica less at a time |
| `DatabaseScaler` | 300 s, by alarm | lambda_src/database_scaler: one step at a time, a cooldown for each direction |
| `Hpa` | 15 s | Kubernetes: tolerance, windows, policies; `by_utilization` and `by_average` recommend |
| `Keda` | its polling | KEDA 2.20: activation and sleep; cached metrics, which an `Hpa` asks for |
| `Placement` | when asked | Kubernetes' scheduler: pods onto nodes, and pods that wait for one |

Each has a `Capacity` that it changes: units in service, units that start and from when they serve (`Delay` says how
long that takes, each with its source), bounds, and every `Change` for the timeline. What it looks at is a `Metric`,
whose datapoints show some time after their period (`PUBLISH_DELAY_S`), or a figure that is handed to `step`.

`step(now_s, …)` is to be called at every tick of a simulation, in order, whatever the period: a controller that is not
due does nothing. It sees what was recorded before, and what it changes serves from a later tick on: couplings act one
tick late. A tick above 15 s makes an `Hpa` slower than it is. With a generator, start-ups are drawn from it; without
one they take their medians. Nothing else is random.
"""

from harness.capacity.controllers.alarm import Alarm, Invocation, Transition, without_data
from harness.capacity.controllers.aurora import aurora_replicas
from harness.capacity.controllers.capacity import Capacity, Change, Unit
from harness.capacity.controllers.delays import Delay, Singly, Together
from harness.capacity.controllers.documents import DatabaseScaler
from harness.capacity.controllers.errors import ControllerError
from harness.capacity.controllers.hpa import Direction, Hpa, PodUsage, Policy, by_average, by_utilization
from harness.capacity.controllers.keda import Keda
from harness.capacity.controllers.metric import PUBLISH_DELAY_S, Metric
from harness.capacity.controllers.nodes import node_scaling
from harness.capacity.controllers.placement import Placement, Room
from harness.capacity.controllers.provisioned_concurrency import provisioned_concurrency
from harness.capacity.controllers.step_scaling import Step, StepPolicy, StepScaling
from harness.capacity.controllers.target_tracking import TargetTracking

__all__ = [
    "PUBLISH_DELAY_S",
    "Alarm",
    "Capacity",
    "Change",
    "ControllerError",
    "DatabaseScaler",
    "Delay",
    "Direction",
    "Hpa",
    "Invocation",
    "Keda",
    "Metric",
    "Placement",
    "PodUsage",
    "Policy",
    "Room",
    "Singly",
    "Step",
    "StepPolicy",
    "StepScaling",
    "TargetTracking",
    "Together",
    "Transition",
    "Unit",
    "aurora_replicas",
    "by_average",
    "by_utilization",
    "node_scaling",
    "provisioned_concurrency",
    "without_data",
]
