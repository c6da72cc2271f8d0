"""`python -m worker.liveness`: asks the worker beside it whether it is alive, for the health check of its image."""

import http.client
import os
import sys
from collections.abc import Mapping

_LIMIT_S = 3.0


def main(environment: Mapping[str, str]) -> int:
    """Exit code: 0 alive, 1 not, or nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", int(environment.get("WORKER_PORT", "8080")), timeout=_LIMIT_S)
    try:
        connection.request("GET", "/live")
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(os.environ))
