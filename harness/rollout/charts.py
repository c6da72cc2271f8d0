"""What the cluster has to have before the workers come: pinned charts, installed by Helm."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.rollout import tools
from harness.rollout.cluster import Cluster
from harness.rollout.overlay import DEPLOY

_LIMIT = "10m"
_METRICS_API = "v1beta1.metrics.k8s.io"


@dataclass(frozen=True)
class Chart:
    """A chart at one version; its values are in worker_src/deploy/charts/<name>.yaml."""

    name: str
    version: str
    repository: str
    namespace: str


KEDA = Chart("keda", "2.20.2", "https://kedacore.github.io/charts", "keda")
LOAD_BALANCER_CONTROLLER = Chart(
    "aws-load-balancer-controller", "3.4.2", "https://aws.github.io/eks-charts", "kube-system"
)
METRICS_SERVER = Chart("metrics-server", "3.13.0", "https://kubernetes-sigs.github.io/metrics-server", "kube-system")
CHARTS = (METRICS_SERVER, LOAD_BALANCER_CONTROLLER, KEDA)


def install(cluster: Cluster, kubeconfig: Path, *, root: Path, progress: Callable[[str], object]) -> None:
    """Installs or upgrades each chart and waits for it. Raises ToolMissing and ToolFailed."""
    for chart in CHARTS:
        if chart is METRICS_SERVER and _served_by_others(kubeconfig):
            progress("metrics-server: the cluster has it as an EKS add-on; its chart is left out")
            continue
        progress(f"{chart.name}: chart {chart.version}")
        tools.stream("helm", *command(chart, cluster, kubeconfig, root))


def command(chart: Chart, cluster: Cluster, kubeconfig: Path, root: Path) -> list[str]:
    """The arguments of Helm for `chart`."""
    own: tuple[str, ...] = ()
    if chart is LOAD_BALANCER_CONTROLLER:
        # The nodes keep pods away from the instance's metadata, where the controller would look these up.
        own = (f"clusterName={cluster.name}", f"region={cluster.region}", f"vpcId={cluster.vpc_id}")
    return [
        "upgrade", "--install", chart.name, chart.name, "--repo", chart.repository, "--version", chart.version,
        "--namespace", chart.namespace, "--create-namespace", "--kubeconfig", str(kubeconfig),
        "--values", str(root / DEPLOY / "charts" / f"{chart.name}.yaml"),
        *(part for value in own for part in ("--set-string", value)),
        "--wait", "--timeout", _LIMIT,
    ]  # fmt: skip


def _served_by_others(kubeconfig: Path) -> bool:
    """Whether the cluster answers for pods' metrics by something that no chart has brought. Two would fight."""
    path = r"{.metadata.name} {.metadata.annotations.meta\.helm\.sh/release-name}"
    found = tools.run(
        "kubectl", "get", "--kubeconfig", str(kubeconfig), "apiservice", _METRICS_API, "--ignore-not-found",
        "--output", f"jsonpath={path}",
    ).split()  # fmt: skip
    return len(found) == 1
