import re

from contracts import identity, messages
from harness.traffic import actions
from harness.traffic.memory import Memory
from harness.traffic.people import Person
from harness.traffic.plan import Arrival
from harness.traffic.requests import Request, request, traceparent
from harness.traffic.settings import Tokens

ANN = Person("ann", "Ann", "ann@customers.example", "ann-key")
TOKENS = Tokens("good", "expired")
ORDER = identity.order_id("ann", "k")


def made(arrival: Arrival, memory: Memory | None = None) -> Request:
    return request(arrival, ANN, TOKENS, memory or Memory(), 1)


def read(**fields: object) -> Arrival:
    return Arrival("o1", 0, "read_order", actions.READ, 0, order_id=ORDER, **fields)  # type: ignore[arg-type]


def test_an_order_is_placed() -> None:
    sent = made(Arrival("o1", 0, "place_order", actions.PLACE, 0, key="k", body='{"ü":1}', order_id=ORDER))
    assert (sent.method, sent.target, sent.body) == ("POST", "/v1/orders", '{"ü":1}'.encode())
    assert sent.headers["idempotency-key"] == "k"
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["authorization"] == "Bearer good"
    assert (sent.order_id, sent.message_id) == (ORDER, identity.message_id("ann", "k", messages.PLACE))


def test_a_cancel_has_the_order_as_its_key() -> None:
    sent = made(Arrival("o1", 0, "cancel_order", actions.CANCEL, 0, order_id=ORDER))
    assert (sent.method, sent.target, sent.body) == ("POST", f"/v1/orders/{ORDER}/cancel", b"")
    assert sent.message_id == identity.message_id("ann", ORDER, messages.CANCEL)
    assert "idempotency-key" not in sent.headers
    assert "content-type" not in sent.headers


def test_a_refused_order_is_on_record_with_the_message_it_must_not_become() -> None:
    for action in ("bad_json", "bad_body", "oversized_body", "expired_token"):
        sent = made(
            Arrival("o1", 0, action, actions.PLACE, 0, key="k2", body="{", order_id=identity.order_id("ann", "k2"))
        )
        assert sent.message_id == identity.message_id("ann", "k2", messages.PLACE)
    foreign = made(Arrival("o1", 0, "foreign_order", actions.CANCEL, 0, order_id=identity.order_id("bob", "k")))
    assert foreign.message_id == identity.message_id("ann", identity.order_id("bob", "k"), messages.CANCEL)


def test_a_missing_key_is_missing() -> None:
    sent = made(Arrival("o1", 0, "missing_key", actions.PLACE, 0, body="{}"))
    assert "idempotency-key" not in sent.headers
    assert sent.message_id is None


def test_padding_follows_the_body_but_is_not_on_record() -> None:
    sent = made(Arrival("o1", 0, "oversized_body", actions.PLACE, 0, key="k", body="{}", padding_bytes=5))
    assert (sent.body, sent.text) == (b"{}     ", "{}")


def test_an_expired_token_is_sent_only_where_it_is_meant() -> None:
    expired = made(Arrival("o1", 0, "expired_token", actions.READ, 0, order_id=ORDER))
    assert expired.headers["authorization"] == "Bearer expired"
    assert "authorization" not in made(Arrival("o1", 0, "health", actions.HEALTH, 0)).headers


def test_a_read_asks_for_what_its_user_has_seen() -> None:
    memory = Memory()
    first = made(read(), memory)
    assert first.min_version is None
    assert "min-version" not in first.headers
    memory.saw(ORDER, 3)
    second = made(read(), memory)
    assert (second.min_version, second.headers["min-version"]) == (3, "3")


def test_a_read_revalidates_what_its_user_has() -> None:
    memory = Memory()
    assert "if-none-match" not in made(read(revalidate=True), memory).headers
    memory.etags[f"/v1/orders/{ORDER}"] = '"3"'
    assert made(read(revalidate=True), memory).headers["if-none-match"] == '"3"'
    assert "if-none-match" not in made(read(), memory).headers


def test_a_pick_takes_an_order_that_the_user_knows() -> None:
    memory = Memory()
    assert made(read(pick=0.0), memory).target == f"/v1/orders/{ORDER}"
    memory.accepted("newer")
    assert made(read(pick=0.0), memory).order_id == "newer"


def test_lists_and_products() -> None:
    listing = made(Arrival("o1", 0, "list_orders", actions.LIST, 0, limit=5))
    assert listing.target == "/v1/users/ann/orders?limit=5"
    assert listing.page("a=b&c/") == "/v1/users/ann/orders?limit=5&cursor=a%3Db%26c%2F"
    assert made(Arrival("o1", 0, "read_product", actions.PRODUCT, 0, sku="SKU-1")).target == "/v1/products/SKU-1"
    assert made(Arrival("o1", 0, "list_products", actions.PRODUCTS, 0)).body is None


def test_a_key_is_reused_only_once_it_is_known_to_be_used() -> None:
    reuse = Arrival("o1", 0, "key_reuse", actions.USERS, 0, key="ann-key", body='{"name":"Eve"}')
    memory = Memory()
    early = made(reuse, memory)
    assert (early.action, early.text) == ("create_user", '{"name":"Ann","email":"ann@customers.example"}')
    memory.registered = True
    late = made(reuse, memory)
    assert (late.action, late.text, late.key) == ("key_reuse", '{"name":"Eve"}', "ann-key")


def test_a_trace_context_is_valid_and_decided() -> None:
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", traceparent(1, "o1"))
    assert traceparent(1, "o1") == traceparent(1, "o1") != traceparent(1, "o2")
