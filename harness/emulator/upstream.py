"""The emulators behind the front."""

import logging
from collections.abc import Mapping
from threading import Lock
from typing import Any

import urllib3
from botocore.config import Config

from harness.emulator import routes
from harness.emulator.call import Answer, Call
from harness.emulator.session import session

log = logging.getLogger(__name__)
ANSWER_LIMIT_S = 120.0
# Headers of one connection, not of the message.
HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "expect", "date", "server"})


class Upstream:
    """The emulators at `addresses` (name: URL). Safe to use from several threads."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        self._session = session()
        self._pools = {
            name: urllib3.connectionpool.connection_from_url(address, maxsize=64, timeout=ANSWER_LIMIT_S, retries=False)
            for name, address in addresses.items()
        }
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._making = Lock()

    def send(self, call: Call) -> Answer:
        """The answer of the emulator that the call goes to; 503 where it does not answer at all."""
        name = routes.backend(call.service)
        headers = {key: value for key, value in call.headers.items() if key not in HOP}
        try:
            answer = self._pools[name].urlopen(
                call.method, call.target, body=call.body, headers=headers, redirect=False, decode_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            log.error("%s does not answer: %s", name, error)
            return Answer(503, {"content-type": "text/plain"}, f"{name} does not answer: {error}".encode())
        # The answer to a HEAD tells the length of what is not in it.
        dropped = HOP - {"content-length"} if call.method == "HEAD" else HOP
        kept = {key.lower(): value for key, value in answer.headers.items() if key.lower() not in dropped}
        return Answer(answer.status, kept, answer.data)

    def client(self, service: str, emulator: str, region: str) -> Any:
        """A boto3 client of a service at an emulator, in a region: for what a gap has to ask itself. Safe to share."""
        key = (service, emulator, region)
        with self._making:  # clients may be shared between threads; the session that makes them may not
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service,  # type: ignore[call-overload]
                    region_name=region,
                    endpoint_url=self._addresses[emulator],
                    config=Config(retries={"total_max_attempts": 1}, proxies={}),
                )
            return self._clients[key]
