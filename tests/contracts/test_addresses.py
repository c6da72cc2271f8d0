import re
import ssl

import pytest

from contracts import addresses
from contracts.addresses import Broker, Documents, MySql, Tls


@pytest.fixture
def authorities(tmp_path):
    """A file of certificates, by its name alone."""
    file = tmp_path / "ca.pem"
    file.touch()
    return str(file)


def test_brokers(authorities):
    assert addresses.broker("amqp://127.0.0.1:5673/%2F") == Broker("127.0.0.1", 5673, "/", None)
    assert addresses.broker("amqp://rabbit.example") == Broker("rabbit.example", 5672, "/", None)
    assert addresses.broker("amqps://rabbit.example:5671/%2F") == Broker("rabbit.example", 5671, "/", Tls())
    assert addresses.broker(f"amqps://rabbit.example/shop%2Feu?tls_ca={authorities}") == Broker(
        "rabbit.example", 5671, "shop/eu", Tls(authorities)
    )


def test_mysql_is_encrypted_unless_told_otherwise(authorities):
    assert addresses.mysql("mysql://db.example/orders") == MySql("db.example", 3306, "orders", Tls())
    assert addresses.mysql("mysql://db.example:3307/orders?tls=true").tls == Tls()
    assert addresses.mysql("mysql://db.example/orders?tls=false").tls is None
    for query in (f"tls_ca={authorities}", f"tls=true&tls_ca={authorities}"):
        assert addresses.mysql(f"mysql://db.example/orders?{query}").tls == Tls(authorities)


def test_documents_may_list_several_hosts():
    url = "mongodb://a.example:27017,b.example:27017/orders?tls=true&tlsCAFile=/ca.pem&retryWrites=false"
    assert addresses.documents(url) == Documents(f"{url}&authSource=admin", "orders")


def test_users_of_documents_live_in_admin_unless_the_address_says_otherwise():
    assert addresses.documents("mongodb://h/orders").url == "mongodb://h/orders?authSource=admin"
    assert addresses.documents("mongodb://h/orders?authsource=orders").url == "mongodb://h/orders?authsource=orders"


@pytest.mark.parametrize(
    ("read", "text", "says"),
    [
        (addresses.broker, "http://h", "must be amqp(s)://"),
        (addresses.broker, "amqp://", "must be amqp(s)://"),
        (addresses.broker, "amqp://h:x", "Port could not be cast"),
        (addresses.broker, "amqp://me:hunter2@h/", "must hold no account"),
        (addresses.broker, "amqps://h/?tls=false", "unknown option tls; allowed: tls_ca"),
        (addresses.broker, "amqps://h/?tls_ca=/nowhere.pem", "tls_ca: there is no file /nowhere.pem"),
        (addresses.broker, "amqp://h/?tls_ca=/nowhere.pem", "tls_ca: nothing is checked without encryption"),
        (addresses.mysql, "mysql://h", "must name the database"),
        (addresses.mysql, "mysql://h/", "must name the database"),
        (addresses.mysql, "mysql://h:99999/orders", "Port out of range"),
        (addresses.mysql, "mysql://h/orders?tls=maybe", "tls must be true or false, is 'maybe'"),
        (addresses.mysql, "mysql://h/orders?tls=", "tls must be true or false, is ''"),
        (addresses.mysql, "mysql://h/orders?ca=/ca.pem&ssl=true", "unknown option ca, ssl; allowed: tls, tls_ca"),
        (addresses.mysql, "mysql://h/orders?tls_ca=/nowhere.pem", "tls_ca: there is no file /nowhere.pem"),
        (addresses.documents, "mongodb://h", "must name the database"),
        (addresses.documents, "mongodb://h/?x=1", "must name the database"),
        (addresses.documents, "http://h/orders", "must be mongodb://"),
        (addresses.documents, "mongodb://me:hunter2@h/orders", "must hold no account"),
    ],
)
def test_a_wrong_address_says_what_is_allowed_and_no_secret(read, text, says):
    with pytest.raises(ValueError, match=re.escape(says)) as error:
        read(text)
    assert "hunter2" not in str(error.value)


def test_encryption_checks_who_the_server_is():
    context = Tls().context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
