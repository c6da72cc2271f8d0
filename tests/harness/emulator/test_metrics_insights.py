from harness.emulator.metrics_insights import Query, parse

EXPRESSION = (
    'SELECT MAX("RabbitMQMemUsed") FROM SCHEMA("AWS/AmazonMQ", "Broker", "Node") WHERE "Broker" = \'orders-broker\''
)


def test_a_query() -> None:
    assert parse(EXPRESSION) == Query(
        "AWS/AmazonMQ", "RabbitMQMemUsed", "Maximum", {"Broker": "orders-broker"}, ("Node",)
    )


def test_another_form() -> None:
    assert parse('SELECT AVG("x") FROM SCHEMA("AWS/AmazonMQ", "Broker")') is None
    assert parse("m1 + m2") is None
    assert parse("") is None


def test_which_series_it_selects() -> None:
    query = parse(EXPRESSION)
    assert query is not None
    assert query.selects({"Broker": "orders-broker", "Node": "rabbit-1"})
    assert not query.selects({"Broker": "another", "Node": "rabbit-1"})
    assert not query.selects({"Broker": "orders-broker"})
    assert not query.selects({"Broker": "orders-broker", "Node": "rabbit-1", "Queue": "x"})
