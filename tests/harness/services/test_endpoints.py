from harness.services import Broker, Credentials, Documents, MySql

ADMIN = Credentials("root", "s@/:cret")


def test_addresses_without_an_account() -> None:
    assert Broker("127.0.0.1", 5672, "http://127.0.0.1:15672", "/", ADMIN).url == "amqp://127.0.0.1:5672/%2F"
    assert MySql("127.0.0.1", 3306, "orders", ADMIN).url == "mysql://127.0.0.1:3306/orders?tls=false"
    assert Documents("127.0.0.1", 27017, "orders", ADMIN).url == (
        "mongodb://127.0.0.1:27017/orders?directConnection=true&retryWrites=false&authSource=admin"
    )


def test_an_amqp_address_with_an_account_quotes_it() -> None:
    broker = Broker("b.example", 5672, "https://b.example", "shop/eu", ADMIN)
    assert broker.url_for(ADMIN) == "amqp://root:s%40%2F%3Acret@b.example:5672/shop%2Feu"


def test_a_password_is_not_shown() -> None:
    assert "cret" not in repr(Broker("h", 1, "http://h", "/", ADMIN))
    assert ADMIN.as_dict() == {"username": "root", "password": "s@/:cret"}
