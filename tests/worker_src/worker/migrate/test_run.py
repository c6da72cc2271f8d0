"""`migrate` against real servers."""

import threading
from typing import Any

import pytest

from contracts import documents, migrations, topology
from contracts.catalogue import CATALOGUE
from harness.fleet import JobFailed
from worker.crash import CrashPoints
from worker.metrics import Metrics
from worker.orders import OrdersHandler

pytestmark = pytest.mark.servers


def test_everything_is_there(world: Any) -> None:
    ledger = world.rows("SELECT version, checksum FROM schema_migrations ORDER BY version")
    assert ledger == [(step.version, step.checksum) for step in migrations.load()]
    assert world.rows("SELECT COUNT(*), SUM(stock = initial_stock) FROM products") == [(len(CATALOGUE), len(CATALOGUE))]
    assert world.documents.products.count_documents({}) == len(CATALOGUE)
    for index in documents.INDEXES:
        assert index.name in world.documents[index.collection].index_information()
    channel = world.channel()
    for queue in topology.TOPOLOGY.queues:
        channel.queue_declare(queue.name, passive=True)
    channel.connection.close()
    world.assert_conserved()


def test_running_again_changes_nothing_and_stock_stays_sold(world: Any) -> None:
    handler = OrdersHandler(world.settings("orders").mysql, Metrics(), CrashPoints())
    handler.apply([world.place("ann", "k1", SKU_0001=7)])
    handler.close()
    before = world.rows("SELECT * FROM products ORDER BY sku"), world.rows("SELECT COUNT(*) FROM stock_movements")
    with world.fleet() as fleet:
        fleet.run_job("migrate")
    assert (
        world.rows("SELECT * FROM products ORDER BY sku"),
        world.rows("SELECT COUNT(*) FROM stock_movements"),
    ) == before
    world.assert_conserved()


def test_several_at_once_take_turns(world: Any) -> None:
    failures: list[Exception] = []

    def migrate() -> None:
        try:
            with world.fleet() as fleet:
                fleet.run_job("migrate")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    world.assert_conserved()


def test_a_broken_off_first_migration_is_finished(world: Any) -> None:
    world.rows("DELETE FROM schema_migrations")
    world.rows("DROP TABLE outbox")
    with world.fleet() as fleet:
        fleet.run_job("migrate")
    assert world.rows("SELECT COUNT(*) FROM outbox") == [(0,)]
    assert len(world.rows("SELECT * FROM schema_migrations")) == len(migrations.load())


def test_an_edited_migration_stops_it_with_what_to_do(world: Any) -> None:
    (checksum,) = world.rows("SELECT checksum FROM schema_migrations WHERE version = 1")[0]
    world.rows("UPDATE schema_migrations SET checksum = %s WHERE version = 1", "0" * 64)
    try:
        with world.fleet() as fleet, pytest.raises(JobFailed, match="was edited after it was applied"):
            fleet.run_job("migrate")
    finally:
        world.rows("UPDATE schema_migrations SET checksum = %s WHERE version = 1", checksum)


def test_a_wrong_administrator_is_one_clear_line(world: Any) -> None:
    wrong = '{"username": "nobody", "password": "x"}'
    with (
        world.fleet(mysql_admin_credentials=wrong) as fleet,
        pytest.raises(JobFailed, match="correct MYSQL_CREDENTIALS"),
    ):
        fleet.run_job("migrate")
    with (
        world.fleet(broker_admin_credentials=wrong) as fleet,
        pytest.raises(JobFailed, match="correct BROKER_CREDENTIALS"),
    ):
        fleet.run_job("migrate")
