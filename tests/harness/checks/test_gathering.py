import uuid

import pymongo
import pytest

from contracts import documents as contract
from contracts import identity
from harness.checks import Own, read_documents, read_mysql, read_outbox
from harness.checks.facts import (
    DocumentFacts,
    Elsewhere,
    InboxRow,
    Line,
    Movement,
    MySqlFacts,
    Notification,
    Order,
    OutboxRow,
    Product,
    ProductDocument,
    User,
)

pytestmark = pytest.mark.servers

ORDER = Order(
    "o-1", "ann", "CONFIRMED", None, (Line("MUG", 1, 900), Line("TEA", 2, 300)), 1500, "EUR", 1,
    "2026-01-31T23:59:59.000001Z", "2026-02-01T00:00:00.000000Z",
)  # fmt: skip
TOMBSTONE = Order(
    "o-2", "ann", "CANCELLED", "cancelled_first", (), 0, "EUR", 1,
    "2026-01-31T00:00:00.000000Z", "2026-01-31T00:00:00.000000Z",
)  # fmt: skip

ANN = User("ann", "key-ann", "0" * 64, "Ann Ångström", "ann@customers.example")

ROWS = """
INSERT INTO users VALUES ('ann', 'key-ann', REPEAT('0', 64), 'Ann Ångström', 'ann@customers.example', NOW(6));
INSERT INTO products VALUES ('TEA', 'Tea', 300, 'EUR', 100, 98), ('MUG', 'Mug', 900, 'EUR', 100, 99);
INSERT INTO orders VALUES
    ('o-1', 'ann', 'CONFIRMED', NULL, 1500, 'EUR', 1, '2026-01-31 23:59:59.000001', '2026-02-01 00:00:00'),
    ('o-2', 'ann', 'CANCELLED', 'cancelled_first', 0, 'EUR', 1, '2026-01-31 00:00:00', '2026-01-31 00:00:00');
INSERT INTO order_lines VALUES ('o-1', 2, 'TEA', 2, 300), ('o-1', 1, 'MUG', 1, 900), ('o-9', 1, 'TEA', 1, 300);
INSERT INTO stock_movements (message_id, sku, order_id, quantity, created_at) VALUES
    ('initial', 'TEA', NULL, 100, NOW(6)), ('m-1', 'TEA', 'o-1', -2, NOW(6));
INSERT INTO inbox VALUES ('m-1', 'order.place', 'ann', 'o-1', 'CONFIRMED', NULL, NOW(6));
INSERT INTO outbox (event_id, order_id, version, body, created_at, published_at) VALUES
    ('e-1', 'o-1', 1, '{}', NOW(6), NOW(6)), ('e-2', 'o-2', 1, '{}', NOW(6), NULL)
"""


def fill(connect):
    with connect() as connection, connection.cursor() as cursor:
        for statement in ROWS.split(";\n"):
            cursor.execute(statement)
        connection.commit()


def test_rows_are_read_as_they_are(schema):
    fill(schema)
    with schema() as connection:
        facts = read_mysql(connection)
    assert facts == MySqlFacts(
        orders=(ORDER, TOMBSTONE),
        lines_without_order=("o-9",),
        products=(Product("MUG", "Mug", 900, "EUR", 100, 99), Product("TEA", "Tea", 300, "EUR", 100, 98)),
        movements=(Movement("initial", "TEA", None, 100), Movement("m-1", "TEA", "o-1", -2)),
        inbox=(InboxRow("m-1", "order.place", "ann", "o-1", "CONFIRMED", None),),
        outbox=(OutboxRow("e-1", "o-1", 1, True), OutboxRow("e-2", "o-2", 1, False)),
        users=(ANN,),
    )
    assert facts.orders[0].order_id is facts.outbox[0].order_id  # equal texts are held once


def test_an_empty_schema_has_no_facts(schema):
    with schema() as connection:
        assert read_mysql(connection) == MySqlFacts()


def test_a_connection_can_read_again_and_then_sees_what_is_new(schema):
    with schema() as connection:
        assert read_mysql(connection).users == ()
        fill(schema)
        assert read_mysql(connection).users == (ANN,)


def test_more_rows_than_one_batch_are_all_read(schema):
    with schema() as connection:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO outbox (event_id, order_id, version, body, created_at) VALUES (%s, 'o', 1, '', NOW(6))",
                [(f"e-{number}",) for number in range(12_345)],
            )
        connection.commit()
        assert len({event.event_id for event in read_mysql(connection).outbox}) == 12_345


@pytest.fixture
def database(endpoints):
    """A document database of its own."""
    server = endpoints.documents
    name = f"facts_{uuid.uuid4().hex[:12]}"
    with pymongo.MongoClient(
        server.url, username=server.admin.username, password=server.admin.password, retryWrites=False
    ) as client:
        yield client[name]
        client.drop_database(name)


def test_documents_are_read_as_they_are(database):
    payload = {
        **ORDER._asdict(), "lines": [line._asdict() for line in ORDER.lines],
    }  # fmt: skip
    database[contract.ORDERS].insert_one(contract.order_document(payload))
    database[contract.PRODUCTS].insert_one({"_id": "TEA", "name": "Tea", "price_cents": 300, "currency": "EUR"})
    database[contract.NOTIFICATIONS].insert_one(
        {"_id": "e-1", "order_id": "o-1", "user_id": "ann", "version": 1, "status": "CONFIRMED", "created_at": "now"}
    )
    assert read_documents(database) == DocumentFacts(
        orders=(ORDER,),
        products=(ProductDocument("TEA", "Tea", 300, "EUR"),),
        notifications=(Notification("e-1", "o-1", "ann", 1, "CONFIRMED"),),
    )


def test_documents_that_are_broken_are_read_too_and_differ(database):
    database[contract.ORDERS].insert_many([
        {"_id": "a"},
        {"_id": "b", "user_id": ["ann"], "lines": "none", "status": {"is": "x"}},
        {"_id": "c", "lines": ["x", {"sku": {"a": 1}}]},
    ])  # fmt: skip
    first, second, third = sorted(read_documents(database).orders)
    nothing = Order("a", None, None, None, (), None, None, None, None, None)
    assert first == nothing
    assert second == nothing._replace(order_id="b", user_id="['ann']", status="{'is': 'x'}")
    assert third.lines == (Line("'x'", 0, 0), Line("{'a': 1}", None, None))


def test_an_empty_database_has_no_facts(database):
    assert read_documents(database) == DocumentFacts()


def insert(connection, user, order_id, quantity, status="CONFIRMED"):
    """An order of one line of TEA with all that belongs to it."""
    message = str(uuid.uuid4())
    with connection.cursor() as cursor:
        for table, values in (
            ("orders", f"('{order_id}', '{user}', '{status}', NULL, {300 * quantity}, 'EUR', 1, NOW(6), NOW(6))"),
            ("order_lines", f"('{order_id}', 1, 'TEA', {quantity}, 300)"),
            ("inbox", f"('{message}', 'order.place', '{user}', '{order_id}', '{status}', NULL, NOW(6))"),
        ):
            cursor.execute(f"INSERT INTO {table} VALUES {values}")
        if status == "CONFIRMED":
            cursor.execute(
                "INSERT INTO stock_movements (message_id, sku, order_id, quantity, created_at) "
                f"VALUES ('{message}', 'TEA', '{order_id}', -{quantity}, NOW(6))"
            )
        cursor.execute(
            "INSERT INTO outbox (event_id, order_id, version, body, created_at) "
            f"VALUES ('{uuid.uuid4()}', '{order_id}', 1, '{{}}', NOW(6))"
        )


def test_of_a_store_that_others_use_too_only_own_rows_are_read_and_the_rest_is_summed(schema):
    ann, bob = str(uuid.uuid4()), str(uuid.uuid4())
    asked, unasked = identity.order_id(ann, "key"), identity.order_id(ann, "nobody asked")
    others = identity.order_id(bob, "key")
    with schema() as connection:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO products VALUES ('TEA', 'Tea', 300, 'EUR', 100, 90)")
            cursor.execute(
                "INSERT INTO stock_movements (message_id, sku, quantity, created_at) VALUES ('i', 'TEA', 100, NOW(6))"
            )
            for user in (ann, bob):
                cursor.execute(f"INSERT INTO users VALUES ('{user}', 'key', REPEAT('0', 64), 'N', 'e', NOW(6))")
        insert(connection, ann, asked, 3)
        insert(connection, ann, unasked, 2)
        insert(connection, bob, others, 5)
        insert(connection, bob, identity.order_id(bob, "other"), 7, "REJECTED")
        connection.commit()
        own = Own(frozenset({ann}), frozenset({asked}))
        facts = read_mysql(connection, own)
        assert {event.order_id for event in read_outbox(connection, own)} == {asked, unasked}
    for rows in (facts.orders, facts.movements, facts.inbox, facts.outbox):
        assert {row.order_id for row in rows} == {asked, unasked}
    assert facts.lines_without_order == ()
    assert [user.user_id for user in facts.users] == [ann]
    assert facts.elsewhere == (Elsewhere("TEA", 5, 95),)
    assert facts.products == (Product("TEA", "Tea", 300, "EUR", 100, 90),)


def test_of_a_read_model_that_others_use_too_only_own_documents_are_read(endpoints):
    server = endpoints.documents
    with pymongo.MongoClient(
        server.url, username=server.admin.username, password=server.admin.password, retryWrites=False
    ) as client:
        database = client[f"test_{uuid.uuid4().hex[:12]}"]
        try:
            database[contract.ORDERS].insert_many(
                [{"_id": "o-1", "user_id": "ann"}, {"_id": "o-2", "user_id": "bob"}, {"_id": "o-3", "user_id": "bob"}]
            )
            database[contract.PRODUCTS].insert_one({"_id": "TEA"})
            database[contract.NOTIFICATIONS].insert_many(
                [{"_id": f"e-{number}", "order_id": f"o-{number}"} for number in (1, 2, 3, 4)]
            )
            facts = read_documents(database, Own(frozenset({"ann"}), frozenset({"o-4"})))
        finally:
            client.drop_database(database.name)
    assert [order.order_id for order in facts.orders] == ["o-1"]
    assert [product.sku for product in facts.products] == ["TEA"]
    assert {each.event_id for each in facts.notifications} == {"e-1", "e-4"}
