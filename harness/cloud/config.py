"""The configuration of the local cloud: one JSON file, parsed once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.cloud.errors import ConfigError, InvalidKey
from harness.cloud.issuer import Issuer
from harness.stack import Stack, StackError, load


@dataclass(frozen=True, slots=True)
class Config:
    """What a LocalCloud needs.

    `references` resolves the stack's logical addresses (`broker.url`, …); `environment` is added to every function's
    variables. `jwks` holds the keys that tokens are checked with. `broker_url`, an AMQP URL with credentials, and
    `sqs_endpoint_url` are needed where the stack has event sources of their kind; an SQS queue's URL is
    `references["queues.NAME.url"]`. `event_sources` False leaves the event sources out. `idle_expiry_s` None:
    environments live as long as the cloud.
    """

    stack: Stack
    references: Mapping[str, str]
    environment: Mapping[str, str]
    code_folder: Path
    root: Path
    log_folder: Path
    jwks: Mapping[str, Any]
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 0
    admin_port: int = 0
    sqs_endpoint_url: str | None = None
    broker_url: str | None = None
    freeze: bool = True
    idle_expiry_s: float | None = None
    event_sources: bool = True


_KEYS = {
    "stack": str,
    "references": dict,
    "environment": dict,
    "lambda_src": str,
    "root": str,
    "gateway": dict,
    "admin_port": int,
    "log_folder": str,
    "jwt": dict,
    "sqs_endpoint_url": str,
    "broker": dict,
    "freeze": bool,
    "idle_expiry_s": (int, float),
    "event_sources": bool,
}
_REQUIRED = ("stack", "lambda_src", "root", "log_folder", "jwt")
_KINDS = {str: "a string", dict: "an object", int: "a whole number", bool: "true or false", (int, float): "a number"}


def load_config(path: Path) -> Config:
    """Reads the file `path`. Raises ConfigError, which names the key that is wrong."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: not readable as JSON: {error}") from None
    try:
        return parse_config(value)
    except (ConfigError, StackError, InvalidKey) as error:
        raise ConfigError(f"{path}: {error}") from None


def parse_config(value: Any) -> Config:
    """The configuration in parsed JSON. Raises ConfigError, StackError or InvalidKey."""
    if not isinstance(value, dict):
        raise ConfigError("must be an object")
    _check(value, _KEYS, "")
    for key in _REQUIRED:
        if key not in value:
            raise ConfigError(f"{key}: missing")
    gateway = _object(value, "gateway", {"host": str, "port": int})
    broker = _object(value, "broker", {"url": str})
    stack = load(Path(value["stack"]))
    return Config(
        stack=stack,
        references=_strings(value, "references"),
        environment=_strings(value, "environment"),
        code_folder=Path(value["lambda_src"]).resolve(),
        root=Path(value["root"]).resolve(),
        log_folder=Path(value["log_folder"]).resolve(),
        jwks=_jwks(_object(value, "jwt", {"private_key": str, "jwks": str}), stack),
        gateway_host=gateway.get("host", "127.0.0.1"),
        gateway_port=gateway.get("port", 0),
        admin_port=value.get("admin_port", 0),
        sqs_endpoint_url=value.get("sqs_endpoint_url"),
        broker_url=broker.get("url"),
        freeze=value.get("freeze", True),
        idle_expiry_s=value.get("idle_expiry_s"),
        event_sources=value.get("event_sources", True),
    )


def _jwks(section: Mapping[str, str], stack: Stack) -> Mapping[str, Any]:
    if "private_key" in section:
        return Issuer.load(stack.api.jwt.issuer, stack.api.jwt.audience[0], Path(section["private_key"])).jwks()
    if "jwks" not in section:
        raise ConfigError("jwt: needs `jwks` or `private_key`, the path of a file")
    try:
        jwks = json.loads(Path(section["jwks"]).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"jwt.jwks: not readable as JSON: {error}") from None
    if not isinstance(jwks, dict):
        raise ConfigError("jwt.jwks: the file must hold a JSON Web Key Set")
    return jwks


def _object(value: Mapping[str, Any], key: str, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    section: Mapping[str, Any] = value.get(key, {})
    _check(section, keys, f"{key}.")
    return section


def _strings(value: Mapping[str, Any], key: str) -> Mapping[str, str]:
    section = value.get(key, {})
    for name, item in section.items():
        if not isinstance(item, str):
            raise ConfigError(f"{key}.{name}: must be a string")
    return MappingProxyType(section)


def _check(value: Mapping[str, Any], keys: Mapping[str, Any], prefix: str) -> None:
    for key, item in value.items():
        if key not in keys:
            raise ConfigError(f"{prefix}{key}: unknown; allowed here: {', '.join(keys)}")
        kind = keys[key]
        if item is None and prefix == "" and key not in _REQUIRED:
            raise ConfigError(f"{prefix}{key}: leave it out rather than null")
        if not isinstance(item, kind) or (isinstance(item, bool) and kind is not bool):
            raise ConfigError(f"{prefix}{key}: must be {_KINDS[kind]}")
