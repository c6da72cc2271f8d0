import pytest

from shared import config
from shared.config import Tls
from shared.errors import ConfigError

ACCOUNT = '{"username": "app", "password": "p"}'


def test_broker() -> None:
    plain = config.broker({"BROKER_URL": "amqp://127.0.0.1:5673/%2F", "BROKER_CREDENTIALS": ACCOUNT})
    assert (plain.host, plain.port, plain.virtual_host, plain.tls) == ("127.0.0.1", 5673, "/", None)
    secure = config.broker({"BROKER_URL": "amqps://b.mq.aws/shop", "BROKER_CREDENTIALS": ACCOUNT})
    assert (secure.host, secure.port, secure.virtual_host, secure.tls) == ("b.mq.aws", 5671, "shop", Tls())


def test_mysql() -> None:
    plain = config.mysql({"MYSQL_URL": "mysql://db:3307/orders?tls=false", "MYSQL_CREDENTIALS": ACCOUNT})
    assert (plain.host, plain.port, plain.database, plain.tls) == ("db", 3307, "orders", None)
    secure = config.mysql({"MYSQL_URL": "mysql://db/orders?tls=true&tls_ca=/opt/ca.pem", "MYSQL_CREDENTIALS": ACCOUNT})
    assert (secure.port, secure.tls) == (3306, Tls("/opt/ca.pem"))


def test_documents() -> None:
    url = "mongodb://a:27017,b:27017/orders?replicaSet=rs0"
    assert config.documents({"DOCUMENTS_URL": url, "DOCUMENTS_CREDENTIALS": ACCOUNT}).database == "orders"


def test_pricing() -> None:
    parsed = config.pricing({"PRICING_URL": "http://pricing:8084/", "PRICING_DEADLINE_S": "1.5"})
    assert (parsed.tls, parsed.host, parsed.port, parsed.path, parsed.deadline_s) == (
        False, "pricing", 8084, "/v1/price", 1.5
    )  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({}, "BROKER_URL is not set"),
        ({"BROKER_URL": ""}, "BROKER_URL is not set"),
        ({"BROKER_URL": "http://h"}, "BROKER_URL begins with http://; write amqp://… or amqps://…"),
        ({"BROKER_URL": "amqp://"}, "names no host"),
        ({"BROKER_URL": "amqp://h:x"}, "BROKER_URL is no URL"),
        ({"BROKER_URL": "amqp://u:secret@h"}, "holds a password"),
        ({"BROKER_URL": "amqp://h"}, "BROKER_CREDENTIALS is not set"),
        ({"BROKER_URL": "amqp://h", "BROKER_CREDENTIALS": "secret"}, "BROKER_CREDENTIALS must be"),
        ({"BROKER_URL": "amqp://h", "BROKER_CREDENTIALS": '{"username": "secret"}'}, "BROKER_CREDENTIALS must be"),
        ({"BROKER_URL": "amqp://h", "BROKER_CREDENTIALS": '["secret"]'}, "BROKER_CREDENTIALS must be"),
    ],
)
def test_a_bad_broker_is_named_without_its_secret(variables: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigError) as error:
        config.broker(variables)
    assert complaint in str(error.value)
    assert "secret" not in str(error.value).replace("ARN of a secret", "")


@pytest.mark.parametrize("url", ["mysql://h", "mysql://h/", "mysql://h/orders?tls=maybe"])
def test_a_bad_mysql(url: str) -> None:
    with pytest.raises(ConfigError, match="MYSQL_URL"):
        config.mysql({"MYSQL_URL": url, "MYSQL_CREDENTIALS": ACCOUNT})


@pytest.mark.parametrize("url", ["mongodb://h", "mongodb://h/?x=1", "http://h/orders"])
def test_bad_documents(url: str) -> None:
    with pytest.raises(ConfigError, match="DOCUMENTS_URL"):
        config.documents({"DOCUMENTS_URL": url, "DOCUMENTS_CREDENTIALS": ACCOUNT})


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1s"])
def test_a_bad_deadline(value: str) -> None:
    with pytest.raises(ConfigError, match="PRICING_DEADLINE_S"):
        config.pricing({"PRICING_URL": "http://h", "PRICING_DEADLINE_S": value})
