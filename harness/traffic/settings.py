"""What the traffic process is told: the file that it gets as its one argument."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.traffic.errors import PlanError

_MEMBERS = ("target", "plan", "history", "tokens")


@dataclass(frozen=True)
class Tokens:
    """The JWTs of one user. `expired_token` is needed where the plan has the action expired_token."""

    token: str
    expired_token: str | None = None


@dataclass(frozen=True)
class Settings:
    """`target` is the API's base URL; `plan` and `history` are files; `tokens` are by user id."""

    target: str
    plan: Path
    history: Path
    tokens: Mapping[str, Tokens]

    def write(self, path: Path) -> None:
        """Writes it to `path` at once or not at all, readable by its owner alone: tokens are secrets."""
        value = {
            "target": self.target,
            "plan": str(self.plan),
            "history": str(self.history),
            "tokens": {user: asdict(tokens) for user, tokens in self.tokens.items()},
        }
        draft = path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(value), "utf-8")
        draft.replace(path)


def load(path: Path) -> Settings:
    """The settings in `path`. Raises PlanError with the first thing that is wrong."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise PlanError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise PlanError(f"{path}: not JSON: {error}") from None
    try:
        return _settings(value)
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from None


def _settings(value: Any) -> Settings:
    if not isinstance(value, dict):
        raise PlanError(f"must be an object with {', '.join(_MEMBERS)}")
    for name in _MEMBERS:
        if name not in value:
            raise PlanError(f"{name} is missing; needed are {', '.join(_MEMBERS)}")
    for name in value:
        if name not in _MEMBERS:
            raise PlanError(f"{name} is unknown; allowed are {', '.join(_MEMBERS)}")
    for name in ("target", "plan", "history"):
        if not isinstance(value[name], str):
            raise PlanError(f"{name} must be a text, is {value[name]!r}")
    return Settings(
        target=base_url(value["target"]),
        plan=Path(value["plan"]),
        history=Path(value["history"]),
        tokens=_tokens(value["tokens"]),
    )


def base_url(text: str) -> str:
    """The API's base URL, without a slash at its end. Raises PlanError where `text` is none."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or parts.username is not None:
        raise PlanError(f"target must be a URL such as http://127.0.0.1:8080, is {text!r}")
    return text.rstrip("/")


def _tokens(value: Any) -> dict[str, Tokens]:
    if not isinstance(value, dict):
        raise PlanError("tokens must be an object: user id to token and expired_token")
    tokens = {}
    for user, each in value.items():
        if not isinstance(each, dict) or not isinstance(each.get("token"), str):
            raise PlanError(f'tokens.{user} must be an object with "token", a JWT')
        expired = each.get("expired_token")
        if expired is not None and not isinstance(expired, str):
            raise PlanError(f"tokens.{user}.expired_token must be a JWT")
        tokens[user] = Tokens(each["token"], expired)
    return tokens


def check_tokens(users: Mapping[str, bool], tokens: Mapping[str, Tokens]) -> None:
    """Raises PlanError where a user lacks a token; `users` says of each id whether an expired one is needed too."""
    for user, expired in users.items():
        if user not in tokens:
            raise PlanError(f"tokens: user {user} has none; every user who arrives needs one")
        if expired and tokens[user].expired_token is None:
            raise PlanError(f"tokens.{user}: expired_token is missing; the plan has the action expired_token")
