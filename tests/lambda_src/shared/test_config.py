from collections.abc import Callable

import pytest

from contracts import addresses
from shared import config
from shared.errors import ConfigError

ACCOUNT = '{"username": "app", "password": "p"}'


def test_servers() -> None:
    broker = config.broker({"BROKER_URL": "amqp://127.0.0.1:5673/%2F", "BROKER_CREDENTIALS": ACCOUNT})
    assert broker.address == addresses.Broker("127.0.0.1", 5673, "/", None)
    mysql = config.mysql({"MYSQL_URL": "mysql://db/orders", "MYSQL_CREDENTIALS": ACCOUNT})
    assert mysql.address == addresses.MySql("db", 3306, "orders", addresses.Tls())
    url = "mongodb://a:27017,b:27017/orders?authSource=admin"
    documents = config.documents({"DOCUMENTS_URL": url, "DOCUMENTS_CREDENTIALS": ACCOUNT})
    assert documents.address == addresses.Documents(url, "orders")
    assert {each.credentials.get().username for each in (broker, mysql, documents)} == {"app"}


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
        ({"BROKER_URL": "http://h"}, "BROKER_URL: must be amqp(s)://HOST"),
        ({"BROKER_URL": "amqp://u:secret@h"}, "BROKER_URL: must hold no account"),
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


@pytest.mark.parametrize(
    ("read", "name", "url"),
    [
        (config.mysql, "MYSQL_URL", "mysql://h"),
        (config.documents, "DOCUMENTS_URL", "mongodb://h"),
        (config.pricing, "PRICING_URL", "h"),
    ],
)
def test_a_bad_address_names_its_variable(read: Callable[[dict[str, str]], object], name: str, url: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}: must "):
        read({name: url, "MYSQL_CREDENTIALS": ACCOUNT, "DOCUMENTS_CREDENTIALS": ACCOUNT, "PRICING_DEADLINE_S": "1"})


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1s"])
def test_a_bad_deadline(value: str) -> None:
    with pytest.raises(ConfigError, match="PRICING_DEADLINE_S"):
        config.pricing({"PRICING_URL": "http://h", "PRICING_DEADLINE_S": value})
