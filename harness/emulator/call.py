"""A call of an AWS API on its way through the front: what was asked, and what is answered."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Call:
    """One request as it came. `target` is path and query, undecoded; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @cached_property
    def service(self) -> str:
        """The service's signing name, such as `monitoring` for CloudWatch; empty where the call is not signed."""
        scope = self._scope
        return scope[1] if scope else ""

    @cached_property
    def region(self) -> str:
        """The region that the call is signed for; empty where it is not signed."""
        scope = self._scope
        return scope[0] if scope else ""

    @cached_property
    def _scope(self) -> tuple[str, str] | None:
        found = _SCOPE.search(self.headers.get("authorization", ""))
        return (found[1], found[2]) if found else None

    @cached_property
    def path(self) -> str:
        """The decoded path, without the query."""
        return unquote(urlsplit(self.target).path)

    @cached_property
    def action(self) -> str:
        """The operation's name in the query and JSON protocols; empty in REST, where method and path say it."""
        target = self.headers.get("x-amz-target", "")
        if target:
            return target.rpartition(".")[2]
        return self.form.get("Action", "")

    @cached_property
    def form(self) -> dict[str, str]:
        """The parameters of the query protocol."""
        if "x-www-form-urlencoded" not in self.headers.get("content-type", ""):
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def members(self, prefix: str) -> list[str]:
        """The values of a list in the query protocol, in order: `Prefix.member.1`, `Prefix.1`, …"""
        pattern = re.compile(rf"{re.escape(prefix)}(?:\.[A-Za-z]+)?\.(\d+)$")
        numbered = {int(found[1]): value for name, value in self.form.items() if (found := pattern.match(name))}
        return [numbered[number] for number in sorted(numbered)]

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body of a JSON protocol; empty where it is none."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def with_form(self, form: Mapping[str, str]) -> "Call":
        """The same call with other parameters of the query protocol."""
        return replace(self, body=urlencode(form).encode())

    def with_json(self, value: Any) -> "Call":
        """The same call with another JSON body."""
        return replace(self, body=json.dumps(value).encode())


@dataclass(frozen=True)
class Answer:
    """What goes back. Header names are in lower case; those of the connection are the front's own."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def json(self) -> Any:
        """The decoded JSON body. Raises ValueError where it is none."""
        return json.loads(self.body)

    def with_json(self, value: Any) -> "Answer":
        """The same answer with another JSON body."""
        return replace(self, body=json.dumps(value).encode())

    def with_text(self, text: str) -> "Answer":
        """The same answer with another text as its body."""
        return replace(self, body=text.encode())

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


def json_answer(value: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """An answer of a JSON protocol."""
    return Answer(status, {"content-type": "application/x-amz-json-1.1", **dict(headers)}, json.dumps(value).encode())
