"""A rollout, step by step: image, charts, `migrate`, workers, event source. Each may be repeated."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.rollout import aws, charts, cluster, event_source, image, tools
from harness.rollout.image import Image
from harness.rollout.kubectl import Kubectl
from harness.rollout.outputs import Outputs
from harness.rollout.rendering import Rendered
from harness.stack import Stack


@dataclass(frozen=True)
class Rollout:
    """What is rolled out, and where. `server`: another address of the Kubernetes API than the cluster's own."""

    stack: Stack
    outputs: Outputs
    image: Image
    rendered: Rendered
    server: str | None = None

    def plan(self) -> str:
        """What `execute` will do, for a person to agree to."""
        sources = ", ".join(self.outputs.event_source_ids) or "none"
        pinned = ", ".join(f"{chart.name} {chart.version}" for chart in charts.CHARTS)
        return (
            f"rollout to {self.outputs.cluster} ({self.stack.region}), namespace {self.outputs.namespace}:\n"
            f"  image     {self.image.name}, built and pushed unless the registry has it\n"
            f"  charts    {pinned}\n"
            f"  migrate   creates or alters topology, schema, indexes and accounts, before the workers\n"
            f"  objects   {len(self.rendered.manifests)}, in {self.rendered.file}\n"
            f"  enabled   event source {sources}"
        )


def execute(rollout: Rollout, *, root: Path, folder: Path, progress: Callable[[str], object]) -> None:
    """Rolls out. Raises RolloutError at the first step that fails; what was done before stays, and may be repeated."""
    stack, outputs, region = rollout.stack, rollout.outputs, rollout.stack.region
    for name in ("kubectl", "helm"):  # rather than after the image, which takes minutes
        tools.find(name)
    found = cluster.describe(outputs.cluster, region)
    cluster.reach(found, rollout.server, stack.environment)
    kubeconfig = cluster.kubeconfig(found, rollout.server, folder)
    if image.pushed(rollout.image, region):
        progress(f"{rollout.image.name}: the registry has it")
    else:
        image.build(rollout.image, root=root, progress=progress)
        image.push(rollout.image, region, progress=progress)
    charts.install(found, kubeconfig, root=root, progress=progress)
    kubectl = Kubectl(kubeconfig, outputs.namespace, progress)
    for job in _names(rollout, "Job"):
        kubectl.delete_job(job)
    kubectl.apply(rollout.rendered.before)
    for job in _names(rollout, "Job"):
        progress(f"{job}: waiting")
        kubectl.wait_for_job(job)
    kubectl.apply(rollout.rendered.workers)
    for deployment in _names(rollout, "Deployment"):
        progress(f"{deployment}: waiting")
        kubectl.wait_for_rollout(deployment)
    kubectl.wait_for_scalers()
    for name, uuid in outputs.event_source_ids.items():
        event_source.enable(name, uuid, aws.client("lambda", region), progress=progress)
    progress(f"{outputs.cluster}: rolled out {rollout.image.name}")


def _names(rollout: Rollout, kind: str) -> list[str]:
    return [each["metadata"]["name"] for each in rollout.rendered.manifests if each["kind"] == kind]
