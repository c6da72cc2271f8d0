"""The configuration: what is read, and what a wrong one is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cloud.config import load_config
from harness.cloud.errors import ConfigError
from harness.cloud.issuer import Issuer
from tests.harness.cloud.workbench import ROOT

ISSUER = Issuer("https://identity.orders.example/", "orders-api")


@pytest.fixture
def value(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "jwks.json").write_text(json.dumps(ISSUER.jwks()))
    return {
        "stack": str(ROOT / "terraform" / "stack.local.json"),
        "lambda_src": str(ROOT / "lambda_src"),
        "root": str(ROOT),
        "log_folder": str(tmp_path / "logs"),
        "jwt": {"jwks": str(tmp_path / "jwks.json")},
    }


def load(tmp_path: Path, value: Any) -> Any:
    path = tmp_path / "cloud.json"
    path.write_text(json.dumps(value))
    return load_config(path)


def test_the_least_and_its_defaults(tmp_path: Path, value: dict[str, Any]) -> None:
    config = load(tmp_path, value)
    assert config.stack.name == "orders"
    assert config.jwks == ISSUER.jwks()
    assert (config.gateway_host, config.gateway_port, config.admin_port) == ("127.0.0.1", 0, 0)
    assert config.freeze
    assert config.idle_expiry_s is None


def test_everything(tmp_path: Path, value: dict[str, Any]) -> None:
    ISSUER.save(tmp_path / "key.pem")
    config = load(
        tmp_path,
        {
            **value,
            "references": {"broker.url": "amqp://b"},
            "environment": {"AWS_ENDPOINT_URL_SQS": "http://s"},
            "gateway": {"host": "127.0.0.2", "port": 8080},
            "admin_port": 8081,
            "jwt": {"private_key": str(tmp_path / "key.pem")},
            "sqs_endpoint_url": "http://s",
            "broker": {"url": "amqp://u:p@b"},
            "freeze": False,
            "idle_expiry_s": 60,
            "event_sources": False,
        },
    )
    assert config.references["broker.url"] == "amqp://b"
    assert config.environment["AWS_ENDPOINT_URL_SQS"] == "http://s"
    assert (config.gateway_host, config.gateway_port, config.admin_port) == ("127.0.0.2", 8080, 8081)
    assert config.jwks == ISSUER.jwks()
    assert (config.sqs_endpoint_url, config.broker_url) == ("http://s", "amqp://u:p@b")
    assert not config.freeze
    assert config.idle_expiry_s == 60
    assert not config.event_sources


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stak": 1}, "stak: unknown; allowed here: stack, references,"),
        ({"stack": 1}, "stack: must be a string"),
        ({"stack": "/nowhere.json"}, r"/nowhere\.json: cannot be read"),
        ({"gateway": {"port": "80"}}, r"gateway\.port: must be a whole number"),
        ({"gateway": {"prt": 80}}, r"gateway\.prt: unknown; allowed here: host, port"),
        ({"freeze": 1}, "freeze: must be true or false"),
        ({"admin_port": True}, "admin_port: must be a whole number"),
        ({"references": {"a": 1}}, r"references\.a: must be a string"),
        ({"sqs_endpoint_url": None}, "sqs_endpoint_url: leave it out"),
        ({"jwt": {}}, "jwt: needs `jwks` or `private_key`"),
        ({"jwt": {"jwks": "/nowhere"}}, r"jwt\.jwks: not readable"),
        ({"jwt": {"private_key": "/nowhere"}}, "/nowhere: no readable"),
    ],
)
def test_a_wrong_one_is_told_where(tmp_path: Path, value: dict[str, Any], change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=rf"cloud\.json: .*{message}"):
        load(tmp_path, {**value, **change})


@pytest.mark.parametrize("key", ["stack", "lambda_src", "root", "log_folder", "jwt"])
def test_what_is_needed(tmp_path: Path, value: dict[str, Any], key: str) -> None:
    del value[key]
    with pytest.raises(ConfigError, match=f"{key}: missing"):
        load(tmp_path, value)


def test_no_json(tmp_path: Path) -> None:
    (tmp_path / "cloud.json").write_text("{")
    with pytest.raises(ConfigError, match="not readable as JSON"):
        load_config(tmp_path / "cloud.json")
    with pytest.raises(ConfigError, match="must be an object"):
        load(tmp_path, [])
