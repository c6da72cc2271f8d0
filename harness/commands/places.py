"""Where things are in a checkout."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = ROOT / "terraform"
BUILD = Path(os.environ.get("HARNESS_BUILD") or ROOT / "build")
"""What is made from the checkout: packages, Terraform's working copies, the emulator's files and a local state."""
OUT = Path("out")
CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"


def description(environment: str) -> Path:
    """The committed stack description of an environment."""
    return TERRAFORM / f"stack.{environment}.json"
