"""Asking a worker whether it is ready, as a kubelet does."""

import http.client
import json

_LIMIT_S = 1.0


def ready(host: str, port: int, pid: int, *, tries: int = 1) -> bool:
    """Whether the process `pid`, which serves `host`:`port`, says that it is ready.

    Replicas that share a port are told apart by the pid in their answer: which of them answers a new connection is up
    to the kernel, so there are several `tries`. No answer counts as not ready.
    """
    for _ in range(tries):
        answer = _ask(host, port)
        if answer is not None and answer.get("pid") == pid:
            return bool(answer.get("ready"))
    return False


def _ask(host: str, port: int) -> "dict[str, object] | None":
    connection = http.client.HTTPConnection(host, port, timeout=_LIMIT_S)
    try:
        connection.request("GET", "/ready")
        value = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return value if isinstance(value, dict) else None
