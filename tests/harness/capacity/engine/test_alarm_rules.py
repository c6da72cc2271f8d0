import json

from harness.capacity.engine.alarm_rules import Rule, rules
from harness.capacity.settings import stack_of


def test_an_alarm_says_what_it_watches(document):
    found = rules(stack_of(document))
    assert found["api_latency"] == Rule(
        "api", "AWS/ApiGateway Latency, p99 of 60 s ≥ 1,000, 2 of 3 times", ("notify",), None
    )
    assert found["mysql_deadlocks"].blind == "not simulated"


def test_an_alarm_on_a_queue_of_rabbitmq_4_never_gets_data(document):
    changed = json.loads(json.dumps(document))
    backlog = changed["alarms"]["broker_backlog"]
    changed["alarms"]["queue_backlog"] = backlog | {"dimensions": {"broker": "orders", "queue": "order-commands"}}
    found = rules(stack_of(changed))
    assert found["broker_backlog"].blind is None
    assert found["queue_backlog"].blind.startswith("never gets data: RabbitMQ 4")
