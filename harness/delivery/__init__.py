"""Delivery: what a deployment takes from here, made ready for it."""

from harness.delivery.errors import DeliveryError
from harness.delivery.packages import MANIFEST, Package, build

__all__ = ["MANIFEST", "DeliveryError", "Package", "build"]
