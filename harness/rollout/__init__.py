"""Rollout: the workers' image, their manifests with the stack's figures, and the way of both into the cluster."""

from harness.rollout.errors import RolloutError

__all__ = ["RolloutError"]
