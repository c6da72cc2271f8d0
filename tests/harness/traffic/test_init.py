import subprocess
import sys
from pathlib import Path

import harness.traffic

ROOT = Path(__file__).resolve().parents[3]


def test_what_is_promised_is_there() -> None:
    assert all(hasattr(harness.traffic, name) for name in harness.traffic.__all__)


def test_the_harness_does_not_load_what_only_the_traffic_process_needs() -> None:
    """Locust patches the standard library for gevent, which no other process could stand."""
    script = "import sys, harness.traffic; print({'gevent', 'locust', 'faker'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
