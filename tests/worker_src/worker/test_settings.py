from pathlib import Path

import pytest

from worker import settings
from worker.crash import CrashAt
from worker.credentials import Credentials
from worker.errors import SettingsError

ACCOUNT = '{"username": "app", "password": "x"}'
ORDERS = {
    "BROKER_URL": "amqp://127.0.0.1:5673/%2F",
    "BROKER_CREDENTIALS": ACCOUNT,
    "MYSQL_URL": "mysql://127.0.0.1:3307/orders?tls=false",
    "MYSQL_CREDENTIALS": ACCOUNT,
    "WORKER_PORT": "8081",
    "WORKER_PREFETCH": "200",
    "WORKER_BATCH_SIZE": "100",
    "WORKER_BATCH_WAIT_MS": "10",
    "WORKER_MAX_ATTEMPTS": "5",
    "WORKER_GRACE_S": "30",
}


def test_settings_are_read_once_into_a_frozen_form() -> None:
    parsed = settings.parse("orders", {**ORDERS, "WORKER_CRASH_AT": "after_ack:2", "LOG_LEVEL": "debug"})
    assert parsed == settings.Orders(
        common=settings.Common("orders", "0.0.0.0", 8081, 30.0, "DEBUG", CrashAt("after_ack", 2)),
        broker=settings.Broker("127.0.0.1", 5673, "/", False, Credentials("app", "x")),
        mysql=settings.MySql("127.0.0.1", 3307, "orders", False, None, Credentials("app", "x")),
        batching=settings.Batching(200, 100, 0.01, 5),
    )


def test_encryption_is_the_default_and_ports_are_the_usual_ones() -> None:
    parsed = settings.parse(
        "orders", {**ORDERS, "BROKER_URL": "amqps://broker.example", "MYSQL_URL": "mysql://db.example/orders"}
    )
    assert isinstance(parsed, settings.Orders)
    assert (parsed.broker.port, parsed.broker.tls, parsed.broker.virtual_host) == (5671, True, "/")
    assert (parsed.mysql.port, parsed.mysql.tls) == (3306, True)


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        settings.parse("orders", {})
    assert str(caught.value).splitlines() == [
        "BROKER_CREDENTIALS: is not set",
        "BROKER_URL: is not set",
        "MYSQL_CREDENTIALS: is not set",
        "MYSQL_URL: is not set",
    ]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BROKER_URL", "http://127.0.0.1", "must be amqp"),
        ("BROKER_URL", "amqp://me:hunter2@127.0.0.1/", "must hold no account"),
        ("BROKER_CREDENTIALS", "hunter2", "must be {"),
        ("MYSQL_URL", "mysql://127.0.0.1:3306", "must name the database"),
        ("MYSQL_URL", "mysql://127.0.0.1:99999/orders", "Port out of range"),
        ("MYSQL_URL", "mysql://127.0.0.1/orders?tls=maybe", "tls must be true or false"),
        ("MYSQL_URL", "mysql://127.0.0.1/orders?ssl=true", "unknown option ssl"),
        ("MYSQL_URL", "mysql://127.0.0.1/orders?ca=/nowhere.pem", "there is no file /nowhere.pem"),
        ("WORKER_PORT", "70000", "must be a whole number from 1 to 65535"),
        ("WORKER_BATCH_SIZE", "0", "must be a whole number from 1"),
        ("WORKER_PREFETCH", "many", "must be a whole number"),
        ("WORKER_CRASH_AT", "tomorrow", "must be POINT"),
        ("LOG_LEVEL", "LOUD", "must be one of"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.parse("orders", {**ORDERS, name: value})
    assert str(caught.value).startswith(f"{name}: ")
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_file_of_authorities_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    parsed = settings.parse("orders", {**ORDERS, "MYSQL_URL": f"mysql://db/orders?ca={tmp_path}/ca.pem"})
    assert isinstance(parsed, settings.Orders)
    assert parsed.mysql.certificates == f"{tmp_path}/ca.pem"


def test_a_document_url_may_list_several_hosts() -> None:
    url = "mongodb://a.example:27017,b.example:27017/orders?tls=true&retryWrites=false"
    environment = {**ORDERS, "DOCUMENTS_URL": url, "DOCUMENTS_CREDENTIALS": ACCOUNT}
    parsed = settings.parse("read_model", environment)
    assert isinstance(parsed, settings.ReadModel)
    assert parsed.documents == settings.Documents(url, "orders", Credentials("app", "x"))


def test_an_unknown_role_is_told_the_roles() -> None:
    with pytest.raises(SettingsError, match="migrate, orders, outbox, read_model, pricing"):
        settings.parse("cook", {})
