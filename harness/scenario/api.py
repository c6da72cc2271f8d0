"""Reads from the API of a deployed stage, beside the traffic."""

import json
import ssl
import threading
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

_TIMEOUT_S = 15.0
UNANSWERED = (OSError, HTTPException)


class Answer(NamedTuple):
    """An answer; `value` is the JSON of its body, None where it has none."""

    status: int
    value: Any


class Api:
    """GET requests over kept-alive connections, one for each thread. No proxy is asked, as by the traffic.

    Certificates are checked against the system's authorities; SSL_CERT_FILE names others.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._prefix = parts.hostname or "", parts.port, parts.path
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._mine = threading.local()

    def get(self, path: str, token: str | None = None) -> Answer:
        """The answer. Raises UNANSWERED where none comes."""
        headers = {"accept": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
        if (connection := getattr(self._mine, "connection", None)) is not None:
            try:
                return self._ask(connection, path, headers)
            except UNANSWERED:  # closed while it was idle, which says nothing
                connection.close()
        self._mine.connection = self._connection()
        return self._ask(self._mine.connection, path, headers)

    def _connection(self) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(self._host, self._port, timeout=_TIMEOUT_S)
        return HTTPSConnection(self._host, self._port, timeout=_TIMEOUT_S, context=self._tls)

    def _ask(self, connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> Answer:
        connection.request("GET", self._prefix + path, headers=dict(headers))
        response = connection.getresponse()
        body = response.read()
        try:
            return Answer(response.status, json.loads(body))
        except ValueError:
            return Answer(response.status, None)
