"""From description and outputs to objects that are known to be valid."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.rollout import figures, kustomize, overlay, schemas
from harness.rollout.figures import Role
from harness.rollout.image import Image
from harness.rollout.kustomize import Manifest
from harness.rollout.outputs import Outputs
from harness.stack import Stack

MANIFESTS = "manifests.yaml"


@dataclass(frozen=True)
class Rendered:
    """The objects of one environment, in the order in which they are applied, and the file that has them."""

    before: tuple[Manifest, ...]
    workers: tuple[Manifest, ...]
    roles: tuple[Role, ...]
    file: Path

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """All of them."""
        return (*self.before, *self.workers)


def render(
    stack: Stack, outputs: Outputs, image: Image, *, root: Path, folder: Path, progress: Callable[[str], object]
) -> Rendered:
    """Writes overlay and manifests into `folder`, once the objects are valid. Raises RolloutError."""
    version = schemas.version(stack.cluster.kubernetes_version)
    if not outputs.applied:
        progress(
            f"{stack.environment} is not applied from here: what only an applied stack knows has stand-ins, "
            "hosts under .invalid and the account 000000000000"
        )
    roles = figures.roles(stack)
    built = kustomize.build(overlay.write(stack, outputs, image, root=root, folder=folder / "overlay"))
    kustomize.agree(built, roles)
    count = schemas.check(built, version)
    progress(f"{count} objects are valid for Kubernetes {version}{_remark(stack, version)} and its two controllers")
    before, workers = kustomize.split(built)
    file = folder / MANIFESTS
    file.write_text(kustomize.dump((*before, *workers)), "utf-8")
    return Rendered(before, workers, roles, file)


def _remark(stack: Stack, version: str) -> str:
    wanted = stack.cluster.kubernetes_version
    return "" if version == wanted else f" (the nearest to {wanted} whose schemas are known)"
