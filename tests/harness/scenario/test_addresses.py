"""Every address that the stack refers to is resolved, and one that is not is named."""

import dataclasses
import json
from types import MappingProxyType

import pytest

from harness.scenario import addresses
from harness.scenario.errors import RunError
from harness.services import Broker, Credentials, Documents, Endpoints, MySql, Sqs
from harness.stack import Stack

ADMIN = Credentials("root", "secret")
ENDPOINTS = Endpoints(
    broker=Broker("10.0.0.1", 5672, "http://10.0.0.1:15672", "/", ADMIN),
    mysql=MySql("127.0.0.1", 3306, "orders", ADMIN),
    documents=Documents("127.0.0.1", 27017, "orders", ADMIN),
    sqs=Sqs("http://127.0.0.1:4566"),
    kind="native",
    versions={},
)
ACCOUNTS = addresses.Accounts.fresh()


def resolved() -> dict[str, str]:
    return addresses.resolve(
        ENDPOINTS, ACCOUNTS, broker_port=7000, queue_urls={"overflow": "http://q"}, pricing_url="http://p"
    )


def test_the_application_meets_the_broker_at_the_relay_and_with_its_own_account() -> None:
    found = resolved()
    assert found["broker.url"] == "amqp://127.0.0.1:7000/%2F"
    assert json.loads(found["broker.credentials"]) == ACCOUNTS.broker.as_dict()
    assert json.loads(found["broker.admin_credentials"]) == {"username": "root", "password": "secret"}
    assert ACCOUNTS.broker.password not in repr(ACCOUNTS)


def test_the_local_stack_refers_to_nothing_else(stack: Stack) -> None:
    addresses.check(stack, resolved())


def test_an_unknown_address_is_named_with_its_place(stack: Stack) -> None:
    users = dataclasses.replace(stack.functions["users"], references={"MYSQL_URL": "mysql.master_url"})
    wrong = dataclasses.replace(stack, functions=MappingProxyType({**stack.functions, "users": users}))
    with pytest.raises(
        RunError, match=r"functions.users.references.MYSQL_URL: no address 'mysql.master_url'; there are"
    ):
        addresses.check(wrong, resolved())
