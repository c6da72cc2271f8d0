"""Which route of an HTTP API a request takes.

Rules (API Gateway developer guide, "Working with routes for HTTP APIs"): a full match of method and path goes before a
greedy path variable, and `$default` takes what is left. Path variables are one segment (`{id}`) or all the rest
(`{proxy+}`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_VARIABLE = re.compile(r"\{([^{}+]+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Match:
    """A route's key and its path parameters."""

    route_key: str
    parameters: Mapping[str, str]


class Routes:
    """The routes of one API, from their keys: `METHOD /path`, `ANY /path` or `$default`."""

    def __init__(self, route_keys: Iterable[str]) -> None:
        """Raises ValueError for a key that is none of these."""
        self._exact: dict[tuple[str, str], Match] = {}
        self._default: Match | None = None
        patterns: list[tuple[tuple[int, ...], str, re.Pattern[str], str]] = []
        for key in route_keys:
            if key == "$default":
                self._default = Match(key, {})
                continue
            method, _, path = key.partition(" ")
            if not path.startswith("/"):
                raise ValueError(f"route key {key!r}: write `METHOD /path`, `ANY /path` or `$default`")
            if "{" in path:
                patterns.append((_specificity(path), method, _compile(path), key))
            else:
                self._exact[method, path] = Match(key, {})
        patterns.sort(key=lambda entry: (entry[0], entry[1] == "ANY"))
        self._patterns = [(method, pattern, key) for _, method, pattern, key in patterns]

    def find(self, method: str, path: str) -> Match | None:
        """The route for a path, which is url-decoded before it is matched, as on AWS. None: AWS answers 404."""
        exact = self._exact.get((method, path)) or self._exact.get(("ANY", path))
        if exact is not None:
            return exact
        for wanted, pattern, key in self._patterns:
            if wanted in (method, "ANY"):
                match = pattern.fullmatch(path)
                if match:
                    return Match(key, match.groupdict())
        return self._default


def _specificity(path: str) -> tuple[int, ...]:
    """Sorts before a less specific path: segment by segment a literal, then a variable, then a greedy one."""
    return tuple(2 if s.endswith("+}") else 1 if s.startswith("{") else 0 for s in path.split("/"))


def _compile(path: str) -> re.Pattern[str]:
    parts = []
    end = 0
    for variable in _VARIABLE.finditer(path):
        parts.append(re.escape(path[end : variable.start()]))
        parts.append(f"(?P<{variable[1]}>{'.+' if variable[2] else '[^/]+'})")
        end = variable.end()
    return re.compile("".join(parts) + re.escape(path[end:]))
