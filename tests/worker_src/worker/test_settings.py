import pytest

from contracts import addresses
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
        broker=settings.Broker(addresses.Broker("127.0.0.1", 5673, "/", None), Credentials("app", "x")),
        mysql=settings.MySql(addresses.MySql("127.0.0.1", 3307, "orders", None), Credentials("app", "x")),
        batching=settings.Batching(200, 100, 0.01, 5),
    )


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        settings.parse("orders", {})
    assert str(caught.value).splitlines() == [
        "BROKER_URL: is not set",
        "BROKER_CREDENTIALS: is not set",
        "MYSQL_URL: is not set",
        "MYSQL_CREDENTIALS: is not set",
    ]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BROKER_URL", "http://127.0.0.1", "must be amqp"),
        ("BROKER_URL", "amqp://me:hunter2@127.0.0.1/", "must hold no account"),
        ("BROKER_CREDENTIALS", "hunter2", "must be {"),
        ("MYSQL_URL", "mysql://127.0.0.1:3306", "must name the database"),
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


def test_where_the_documents_are() -> None:
    environment = {**ORDERS, "DOCUMENTS_URL": "mongodb://h/orders?authSource=admin", "DOCUMENTS_CREDENTIALS": ACCOUNT}
    parsed = settings.parse("read_model", environment)
    assert isinstance(parsed, settings.ReadModel)
    assert parsed.documents == settings.Documents(
        addresses.Documents("mongodb://h/orders?authSource=admin", "orders"), Credentials("app", "x")
    )


def test_an_unknown_role_is_told_the_roles() -> None:
    with pytest.raises(SettingsError, match="migrate, orders, outbox, read_model, pricing"):
        settings.parse("cook", {})
