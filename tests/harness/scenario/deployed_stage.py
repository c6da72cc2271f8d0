"""A deployed stage for tests: servers, functions and workers in a process of its own, reached by their addresses alone.

Prints a JSON line {"url", "environment"}, and obeys lines on stdin: a role and how many replicas it is to have.
"""

import json
import sys
from pathlib import Path
from urllib.parse import quote

from harness.process import Guard, interruptible
from harness.scenario.stage import prepare
from harness.services import Credentials
from harness.stack import load

STACK = Path(__file__).resolve().parents[3] / "terraform" / "stack.local.json"


def main(key: Path, logs: Path) -> None:
    """Runs until stdin ends. The issuer's private key is written to `key`."""
    with interruptible(), Guard() as guard:
        with prepare(
            load(STACK), STACK, kind="native", workers={}, guard=guard, logs=logs, phase=_tell, note=_tell
        ) as stage:
            stage.issuer.save(key)
            servers = stage.endpoints
            environment = {
                "HARNESS_MYSQL_URL": f"mysql://{_account(servers.mysql.admin)}@{servers.mysql.host}:{servers.mysql.port}"
                f"/{servers.mysql.database}",
                "HARNESS_DOCUMENTS_URL": f"mongodb://{_account(servers.documents.admin)}@{servers.documents.host}:"
                f"{servers.documents.port}/{servers.documents.database}",
                "HARNESS_BROKER_URL": servers.broker.url_for(servers.broker.admin),
            }
            print(json.dumps({"url": stage.cloud.gateway_url, "environment": environment}), flush=True)
            for line in sys.stdin:
                role, replicas = line.split()
                stage.fleet.scale(role, int(replicas))
                stage.fleet.wait_ready(role)
                print("done", flush=True)


def _account(account: Credentials) -> str:
    return f"{quote(account.username, safe='')}:{quote(account.password, safe='')}"


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
