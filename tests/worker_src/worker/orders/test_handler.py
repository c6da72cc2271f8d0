"""Orders against a real MySQL."""

import random
import threading
import uuid
from dataclasses import replace
from typing import Any

import pymysql
import pytest

from contracts import identity, messages
from contracts.messages import InvalidMessage
from worker.crash import CrashPoints
from worker.credentials import Credentials
from worker.errors import Misconfigured, Unavailable
from worker.metrics import Metrics
from worker.orders import OrdersHandler
from worker.settings import MySql

pytestmark = pytest.mark.servers


@pytest.fixture
def handler(world: Any) -> OrdersHandler:
    return OrdersHandler(world.settings("orders").mysql, Metrics(), CrashPoints())


def order_row(world: Any, user: str, key: str) -> tuple[Any, ...]:
    (row,) = world.rows(
        "SELECT status, reason, version, total_cents FROM orders WHERE order_id = %s", identity.order_id(user, key)
    )
    return tuple(row)


def test_a_batch_leaves_orders_movements_outcomes_and_events(world: Any, handler: OrdersHandler) -> None:
    handler.apply(
        [
            world.place("ann", "a1", SKU_0001=2, SKU_0002=1),
            world.place("ann", "a2", SKU_0001=1),
            world.cancel("ann", "a2"),
            world.place("ann", "a3", NO_SUCH=1),
            world.cancel("ann", "a4"),
        ]
    )
    assert order_row(world, "ann", "a1") == ("CONFIRMED", None, 1, 2 * 336 + 473)
    assert order_row(world, "ann", "a2") == ("CANCELLED", None, 2, 336)
    assert order_row(world, "ann", "a3") == ("REJECTED", "unknown_sku", 1, 0)
    assert order_row(world, "ann", "a4") == ("CANCELLED", "cancelled_first", 1, 0)
    handler.apply([world.place("ann", "a4", SKU_0003=5), world.cancel("ann", "a3")])
    assert order_row(world, "ann", "a4") == ("CANCELLED", "cancelled_first", 2, 5 * 610)
    outcomes = world.rows("SELECT outcome, COUNT(*) FROM inbox WHERE user_id = 'ann' GROUP BY 1 ORDER BY 1")
    assert outcomes == [("ALREADY_FINAL", 1), ("CANCELLED", 3), ("CONFIRMED", 2), ("REJECTED", 1)]
    for (body,) in world.rows("SELECT body FROM outbox WHERE published_at IS NULL"):
        messages.decode(body)
    world.assert_conserved()


def test_a_repeat_has_no_effect_even_with_another_body(world: Any, handler: OrdersHandler) -> None:
    first = world.place("bob", "b1", SKU_0001=1)
    handler.apply([first])
    other = replace(first, payload={**first.payload, "lines": [{"sku": "SKU-0002", "quantity": 9}]})
    handler.apply([first, other, other])
    assert order_row(world, "bob", "b1") == ("CONFIRMED", None, 1, 336)
    world.assert_conserved()


def test_stock_runs_out_and_never_below(world: Any, handler: OrdersHandler) -> None:
    (stock,) = world.rows("SELECT stock FROM products WHERE sku = 'SKU-0009'")[0]
    handler.apply([world.place("cat", f"c{number}", SKU_0009=3) for number in range(10)])
    statuses = world.rows("SELECT status, reason, COUNT(*) FROM orders WHERE user_id = 'cat' GROUP BY 1, 2 ORDER BY 1")
    assert statuses == [("CONFIRMED", None, stock // 3), ("REJECTED", "out_of_stock", 10 - stock // 3)]
    world.assert_conserved()


def test_a_batch_with_a_forged_command_takes_no_effect_at_all(world: Any, handler: OrdersHandler) -> None:
    handler.apply([world.place("dan", "d1", SKU_0001=1)])
    forged = replace(world.place("dan", "d1", SKU_0001=1), message_id=identity.message_id("dan", "x", messages.PLACE))
    with pytest.raises(InvalidMessage):
        handler.apply([world.place("dan", "d2", SKU_0001=1), forged])
    assert world.rows("SELECT 1 FROM orders WHERE order_id = %s", identity.order_id("dan", "d2")) == []
    handler.apply([world.place("dan", "d2", SKU_0001=1)])
    world.assert_conserved()


def test_a_value_that_mysql_refuses_is_the_messages_fault(world: Any, handler: OrdersHandler) -> None:
    too_long = replace(world.place("eve", "e1", SKU_0001=1), user_id="e" * 65)
    with pytest.raises((pymysql.err.DataError, InvalidMessage)):
        handler.apply([too_long])
    handler.apply([world.place("eve", "e2", SKU_0001=1)])


def test_replicas_that_share_everything_agree(world: Any) -> None:
    """Three replicas get the same commands in different orders and batches, on few products, some of them scarce."""
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    run = uuid.uuid4().hex[:8]
    commands = []
    for number in range(150):
        skus = rng.sample(["SKU_0005", "SKU_0006", "SKU_0007", "SKU_0019", "SKU_0029"], rng.randint(1, 3))
        commands.append(world.place(run, f"k{number}", **{sku: rng.randint(1, 3) for sku in skus}))
        if rng.random() < 0.4:
            commands.append(world.cancel(run, f"k{number}"))
    failures: list[BaseException] = []

    def replica(number: int) -> None:
        handler = OrdersHandler(world.settings("orders").mysql, Metrics(), CrashPoints())
        own = random.Random(seed + number)
        mine = own.sample(commands, len(commands))
        try:
            while mine:
                size = own.randint(1, 25)
                handler.apply(mine[:size])
                del mine[:size]
        except BaseException as error:
            failures.append(error)
        finally:
            handler.close()

    threads = [threading.Thread(target=replica, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert failures == [], f"seed {seed}"
    done = world.rows("SELECT message_id FROM inbox WHERE user_id = %s", run)
    assert {row[0] for row in done} == {command.message_id for command in commands}
    world.assert_conserved()


def test_a_server_that_went_away_is_reached_again(world: Any, handler: OrdersHandler) -> None:
    handler.check()
    assert handler._connection is not None
    thread: int = handler._connection.thread_id()  # type: ignore[no-untyped-call]
    world.rows("KILL %s", thread)
    with pytest.raises(Unavailable):
        handler.apply([world.place("fay", "f1", SKU_0001=1)])
    handler.apply([world.place("fay", "f1", SKU_0001=1)])
    assert order_row(world, "fay", "f1")[0] == "CONFIRMED"


def test_a_database_that_lacks_the_schema_says_run_migrate(world: Any) -> None:
    mysql: MySql = world.settings("orders").mysql
    admin = world.endpoints.mysql.admin
    empty = MySql(replace(mysql.address, database="mysql"), Credentials(admin.username, admin.password))
    with pytest.raises(Misconfigured, match="run `migrate` first"):
        OrdersHandler(empty, Metrics(), CrashPoints()).check()


def test_the_application_may_not_delete(world: Any) -> None:
    mysql: MySql = world.settings("orders").mysql
    connection = pymysql.connect(
        host=mysql.address.host,
        port=mysql.address.port,
        user=mysql.account.username,
        password=mysql.account.password,
        database=mysql.address.database,
    )
    with connection.cursor() as cursor, pytest.raises(pymysql.err.OperationalError, match="denied"):
        cursor.execute("DELETE FROM inbox")
    connection.close()
