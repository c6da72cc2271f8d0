"""Where things are in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = ROOT / "terraform"
BUILD = ROOT / "build"
OUT = Path("out")


def description(environment: str) -> Path:
    """The committed stack description of an environment."""
    return TERRAFORM / f"stack.{environment}.json"
