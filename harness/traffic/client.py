"""The HTTP client that all synthetic users share: Locust's FastHttpUser, with its habits made explicit.

Importing this module patches the standard library for gevent (Locust does it); only the traffic process imports it.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

import gevent
import gevent.ssl
from locust.contrib.fasthttp import FastHttpUser
from locust.env import Environment

from harness.traffic.answers import Reply

# Our own bound on operations in flight rules. A pool that is smaller would queue requests unseen.
_CONNECTIONS = 1_000_000


class Client:
    """Sends requests over kept-alive connections; a request is sent once and never repeated behind our back."""

    def __init__(self, target: str, timeout_s: float) -> None:
        self._timeout_s = timeout_s

        class SyntheticUser(FastHttpUser):
            host = target
            insecure = False
            ssl_context_factory = staticmethod(_trusting)
            # Read and write stalls end here too, so that a socket is given back in order.
            connection_timeout = timeout_s
            network_timeout = timeout_s
            max_redirects = 0
            max_retries = 0
            concurrency = _CONNECTIONS

        self._session: Any = SyntheticUser(Environment(user_classes=[SyntheticUser])).client
        agent: Any = self._session.client
        # The users are different people: they share connections, but no cookies.
        agent.cookiejar = None
        # An error status is an answer as well, to be read to its end like any other.
        agent.valid_response_codes = range(100, 600)
        # geventhttpclient repeats a GET on a broken connection, up to once per place in the pool, and nobody learns of
        # it.
        pool = agent.clientpool.get_client(target)._connection_pool
        pool.size = -1
        # The first connection costs what a resolver costs to load; no user's latency should.
        with contextlib.suppress(OSError):
            pool.return_socket(pool.get_socket())

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Sends one request and waits for the whole answer; whatever goes wrong is in the reply's `error`."""
        response: Any = None
        try:
            with gevent.Timeout(self._timeout_s):
                response = self._session.request(method, target, headers=headers, data=body, stream=True)
                error = getattr(response, "error", None)
                if error is not None:
                    return Reply(error=_explain(error))
                content = response.content or b""
                # A connection that ends within the body ends the reading, without an exception in some cases.
                if not response._response.message_complete:
                    return Reply(status=response.status_code, error="the connection was closed within the answer")
        except (gevent.Timeout, Exception) as error:
            return Reply(status=response.status_code if response is not None else None, error=_explain(error))
        found = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, found, content)


def _trusting(cafile: object = None) -> Any:
    """Trusts the system's authorities, or those of SSL_CERT_FILE, and not the list that the HTTP library carries."""
    return gevent.ssl.create_default_context()


def _explain(error: BaseException) -> str:
    cause = getattr(error, "original", None) or error
    if isinstance(cause, (gevent.Timeout, TimeoutError)):
        return "timeout"
    return f"{type(cause).__name__}: {cause}".rstrip(": ")
