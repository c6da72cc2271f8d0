"""A deployed stage for tests: what `harness stage` keeps up, and workers that can be scaled.

Prints a JSON line {"url", "environment"}, and obeys lines on stdin: a role and how many replicas it is to have.
"""

import json
import sys
from pathlib import Path

from harness.process import Guard, interruptible
from harness.scenario.access import Access
from harness.scenario.stage import prepare
from harness.stack import load

STACK = Path(__file__).resolve().parents[3] / "terraform" / "stack.local.json"


def main(key: Path, logs: Path) -> None:
    """Runs until stdin ends. The issuer's private key is written to `key`."""
    with interruptible(), Guard() as guard:
        with prepare(
            load(STACK), STACK, kind="native", workers={}, guard=guard, logs=logs, phase=_tell, note=_tell
        ) as stage:
            print(json.dumps(Access.to(stage, key).as_json()), flush=True)
            for line in sys.stdin:
                role, replicas = line.split()
                stage.fleet.scale(role, int(replicas))
                stage.fleet.wait_ready(role)
                print("done", flush=True)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
