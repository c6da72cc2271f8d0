import json
from collections.abc import Callable, Iterator
from typing import Any

import pymongo
import pymysql
import pytest

from contracts import identity, problems
from shared import documents, mysql

Make = Callable[..., Any]

USER = "queries-user"
ACCOUNT = '{"username": "a", "password": "b"}'


def problem(payload: dict[str, Any]) -> problems.ProblemType:
    assert payload["headers"]["content-type"] == "application/problem+json"
    return problems.TYPES[json.loads(payload["body"])["type"]]


@pytest.fixture
def alone(load: Make, closed_port: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module, with nobody to ask."""
    monkeypatch.setattr(documents, "TIMEOUT_MS", 200)
    return load(
        "queries",
        DOCUMENTS_URL=f"mongodb://127.0.0.1:{closed_port}/orders?directConnection=true",
        DOCUMENTS_CREDENTIALS=ACCOUNT,
        MYSQL_URL=f"mysql://127.0.0.1:{closed_port}/orders?tls=false",
        MYSQL_CREDENTIALS=ACCOUNT,
    )


def test_health_asks_nobody(alone: Any, event: Make, context: Make) -> None:
    payload = alone.handler(event("GET /v1/health", user=None), context())
    assert (payload["statusCode"], json.loads(payload["body"])) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("GET /v1/orders/{id}", {"id": identity.order_id(USER, "k")}),
        ("GET /v1/users/{id}/orders", {"id": USER}),
        ("GET /v1/products", None),
        ("GET /v1/products/{sku}", {"sku": "SKU-0001"}),
    ],
)
def test_with_nobody_to_ask_it_says_so_and_at_once_the_next_time(
    alone: Any, event: Make, context: Make, route: str, path: dict[str, str] | None, caplog: Any
) -> None:
    for _ in range(2):
        payload = alone.handler(event(route, user=USER, path=path), context())
        assert problem(payload) is problems.UNAVAILABLE
        assert int(payload["headers"]["retry-after"]) >= 1
    assert [record.message for record in caplog.records].count("the read model failed") == 1


@pytest.mark.parametrize(
    ("route", "path", "options", "kind"),
    [
        ("GET /v1/orders/{id}", {"id": identity.order_id(USER, "k")}, {"user": None}, problems.UNAUTHENTICATED),
        ("GET /v1/orders/{id}", {"id": identity.order_id("other", "k")}, {}, problems.NOT_FOUND),
        ("GET /v1/orders/{id}", {"id": "nonsense"}, {}, problems.NOT_FOUND),
        *(
            ("GET /v1/orders/{id}", {"id": identity.order_id(USER, "k")}, {"min_version": text}, kind)
            for kind in (problems.INVALID_PARAMETER,)
            for text in ("", "0", "-1", "1.5", '"3"', "x", "9999999999", "1,2", "٣")
        ),
        ("GET /v1/users/{id}/orders", {"id": "other"}, {}, problems.NOT_FOUND),
        ("GET /v1/users/{id}/orders", {"id": USER}, {"query": "limit=0"}, problems.INVALID_PARAMETER),
        ("GET /v1/users/{id}/orders", {"id": USER}, {"query": "cursor=WyJhIl0"}, problems.INVALID_PARAMETER),
        ("GET /v1/products", None, {"user": None}, problems.UNAUTHENTICATED),
        ("GET /v1/products", None, {"query": "cursor=WyJhIiwiYiJd"}, problems.INVALID_PARAMETER),
        ("GET /v1/products/{sku}", {"sku": "A"}, {"user": None}, problems.UNAUTHENTICATED),
        ("DELETE /v1/products", None, {}, problems.NOT_FOUND),
    ],
)
def test_bad_requests_ask_nobody(
    alone: Any,
    event: Make,
    context: Make,
    route: str,
    path: dict[str, str] | None,
    options: dict[str, Any],
    kind: object,
) -> None:
    assert problem(alone.handler(event(route, path=path, **{"user": USER, **options}), context())) is kind


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        (None, False), ('"3"', True), ('W/"3"', True), ('"2", "3"', True), ("*", True), (" * ", True),
        ('"33"', False), ("3", False), ("", False), ('"2"', False), ('"3', False),
    ],
)  # fmt: skip
def test_entity_tags(alone: Any, header: str | None, matches: bool) -> None:
    assert alone._matches(header, "3") is matches


class Store:
    """Puts orders into the servers as the workers would."""

    def __init__(self, endpoints: Any) -> None:
        admin = endpoints.mysql.admin
        self.mysql = pymysql.connect(
            host=endpoints.mysql.host, port=endpoints.mysql.port, user=admin.username, password=admin.password,
            database=endpoints.mysql.database, autocommit=True,
        )  # fmt: skip
        admin = endpoints.documents.admin
        self.client: Any = pymongo.MongoClient(
            endpoints.documents.url, username=admin.username, password=admin.password
        )
        self.orders = self.client[endpoints.documents.database]["orders"]

    def row(self, key: str, version: int, status: str, user: str = USER) -> str:
        """The order, in MySQL."""
        order_id = identity.order_id(user, key)
        with self.mysql.cursor() as cursor:
            cursor.execute(
                "REPLACE INTO orders VALUES (%s, %s, %s, NULL, 535, 'EUR', %s, '2026-01-31 23:59:59.5', '2026-02-01')",
                (order_id, user, status, version),
            )
            cursor.execute("DELETE FROM order_lines WHERE order_id = %s", (order_id,))
            cursor.execute(
                "INSERT INTO order_lines VALUES (%s, 1, 'SKU-0002', 1, 336), (%s, 0, 'SKU-0001', 1, 199)",
                (order_id, order_id),
            )
        return order_id

    def document(self, key: str, version: int, status: str, user: str = USER, created_at: str = "") -> str:
        """The order, in the read model."""
        order_id = identity.order_id(user, key)
        document = {
            "_id": order_id, "user_id": user, "status": status, "reason": None,
            "lines": [
                {"sku": "SKU-0001", "quantity": 1, "unit_price_cents": 199},
                {"sku": "SKU-0002", "quantity": 1, "unit_price_cents": 336},
            ],
            "total_cents": 535, "currency": "EUR", "version": version,
            "created_at": created_at or "2026-01-31T23:59:59.500000Z", "updated_at": "2026-02-01T00:00:00.000000Z",
        }  # fmt: skip
        self.orders.replace_one({"_id": order_id}, document, upsert=True)
        return order_id


@pytest.fixture
def store(endpoints: Any) -> Iterator[Store]:
    made = Store(endpoints)
    yield made
    made.client.close()
    made.mysql.close()


@pytest.fixture
def queries(load: Make, real: dict[str, str]) -> Any:
    return load("queries", **real).handler


@pytest.mark.servers
def test_an_order_looks_the_same_from_either_side(queries: Any, store: Store, event: Make, context: Make) -> None:
    in_mysql = store.row("same", 3, "CONFIRMED")
    request = event("GET /v1/orders/{id}", user=USER, path={"id": in_mysql})
    from_mysql = queries(request, context())
    store.document("same", 3, "CONFIRMED")
    from_documents = queries(request, context())
    assert from_mysql == from_documents
    assert from_mysql["statusCode"] == 200
    assert from_mysql["headers"]["etag"] == '"3"'
    assert json.loads(from_mysql["body"]) == {
        "order_id": in_mysql, "user_id": USER, "status": "CONFIRMED", "reason": None,
        "lines": [
            {"sku": "SKU-0001", "quantity": 1, "unit_price_cents": 199},
            {"sku": "SKU-0002", "quantity": 1, "unit_price_cents": 336},
        ],
        "total_cents": 535, "currency": "EUR", "version": 3,
        "created_at": "2026-01-31T23:59:59.500000Z", "updated_at": "2026-02-01T00:00:00.000000Z",
    }  # fmt: skip


@pytest.mark.servers
def test_a_client_is_never_shown_less_than_it_has_seen(queries: Any, store: Store, event: Make, context: Make) -> None:
    order_id = store.row("versions", 2, "CANCELLED")
    store.document("versions", 1, "CONFIRMED")

    def ask(**headers: str) -> Any:
        return queries(event("GET /v1/orders/{id}", user=USER, path={"id": order_id}, **headers), context())

    assert ask()["headers"]["etag"] == '"1"'
    assert ask(min_version="1")["headers"]["etag"] == '"1"'
    assert ask(min_version="2")["headers"]["etag"] == '"2"'
    ahead = ask(min_version="3")
    assert problem(ahead) is problems.NOT_YET_KNOWN
    assert ahead["headers"]["retry-after"] == "1"
    unchanged = ask(if_none_match='"1"')
    assert unchanged == {"statusCode": 304, "headers": {"etag": '"1"'}}
    assert ask(if_none_match='"1"', min_version="2")["statusCode"] == 200
    assert ask(if_none_match='"2"', min_version="2")["statusCode"] == 304


@pytest.mark.servers
def test_an_order_that_was_not_processed_yet(queries: Any, event: Make, context: Make) -> None:
    request = event("GET /v1/orders/{id}", user=USER, path={"id": identity.order_id(USER, "not-yet")})
    payload = queries(request, context())
    assert problem(payload) is problems.NOT_YET_KNOWN
    assert payload["headers"]["retry-after"] == "1"


@pytest.mark.servers
def test_a_tombstone_has_no_lines(queries: Any, store: Store, event: Make, context: Make) -> None:
    order_id = store.row("tombstone", 1, "CANCELLED")
    with store.mysql.cursor() as cursor:
        cursor.execute("DELETE FROM order_lines WHERE order_id = %s", (order_id,))
    payload = queries(event("GET /v1/orders/{id}", user=USER, path={"id": order_id}), context())
    assert json.loads(payload["body"])["lines"] == []


@pytest.mark.servers
def test_orders_outlive_the_read_model(
    load: Make, behind: Make, store: Store, event: Make, context: Make, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(documents, "TIMEOUT_MS", 500)
    door, variables = behind("DOCUMENTS")
    handler = load("queries", **variables).handler
    order_id = store.row("outlives", 1, "CONFIRMED")
    door.close()
    request = event("GET /v1/orders/{id}", user=USER, path={"id": order_id})
    for _ in range(3):
        assert handler(request, context())["statusCode"] == 200
    assert capsys.readouterr().err.count("the read model failed") == 1  # and was not waited for again
    listing = handler(event("GET /v1/users/{id}/orders", user=USER, path={"id": USER}), context())
    assert problem(listing) is problems.UNAVAILABLE


@pytest.mark.servers
def test_what_mysql_alone_could_tell_is_unavailable_without_it(
    load: Make, behind: Make, store: Store, event: Make, context: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql, "TIMEOUT_S", 0.5)
    door, variables = behind("MYSQL")
    handler = load("queries", **variables).handler
    order_id = store.document("projected", 1, "CONFIRMED")
    door.close()

    def ask(order: str, **headers: str) -> Any:
        return handler(event("GET /v1/orders/{id}", user=USER, path={"id": order}, **headers), context())

    assert ask(order_id)["statusCode"] == 200
    assert problem(ask(order_id, min_version="2")) is problems.UNAVAILABLE
    assert problem(ask(identity.order_id(USER, "unheard-of"))) is problems.UNAVAILABLE


@pytest.mark.servers
def test_pages_neither_skip_nor_repeat_while_orders_arrive(
    queries: Any, store: Store, event: Make, context: Make
) -> None:
    user = "queries-pages"
    # Several in the same microsecond: only the id tells them apart.
    expected = [
        (created_at, store.document(f"{created_at}-{number}", 1, "CONFIRMED", user, created_at))
        for created_at in ("2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.000002Z", "2026-01-02T00:00:00.000000Z")
        for number in range(4)
    ]
    store.document("foreign", 1, "CONFIRMED", "queries-other", "2026-01-01T00:00:00.000001Z")

    def walk(limit: int) -> list[str]:
        seen: list[str] = []
        cursor = ""
        while True:
            query = f"limit={limit}" + (f"&cursor={cursor}" if cursor else "")
            payload = queries(event("GET /v1/users/{id}/orders", user=user, path={"id": user}, query=query), context())
            body = json.loads(payload["body"])
            assert len(body["orders"]) <= limit
            seen += [order["order_id"] for order in body["orders"]]
            if not body["next_cursor"]:
                return seen
            cursor = body["next_cursor"]
            store.document(f"new-{limit}-{len(seen)}", 1, "CONFIRMED", user, "2026-03-01T00:00:00.000000Z")

    newest_first = [order_id for _, order_id in sorted(expected, reverse=True)]
    for limit in (1, 5, 12, 100):
        old = [order_id for order_id in walk(limit) if order_id in newest_first]
        assert old == newest_first


@pytest.mark.servers
def test_the_catalogue(queries: Any, event: Make, context: Make) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        query = "limit=33" + (f"&cursor={cursor}" if cursor else "")
        body = json.loads(queries(event("GET /v1/products", query=query), context())["body"])
        seen += [product["sku"] for product in body["products"]]
        if not body["next_cursor"]:
            break
        cursor = body["next_cursor"]
    assert seen == [f"SKU-{number:04d}" for number in range(100)]
    product = json.loads(queries(event("GET /v1/products/{sku}", path={"sku": "SKU-0001"}), context())["body"])
    assert product == {"sku": "SKU-0001", "name": "Filter coffee 500 g, lot 1", "price_cents": 336, "currency": "EUR"}
    assert problem(queries(event("GET /v1/products/{sku}", path={"sku": "nothing"}), context())) is problems.NOT_FOUND
