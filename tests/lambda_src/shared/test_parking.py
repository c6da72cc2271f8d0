import pytest

from contracts import topology
from contracts.messages import InvalidMessage
from shared.parking import parked, readable


def test_a_parked_message_says_where_it_came_from_and_why() -> None:
    message = parked("notifications", b"{", "not JSON", "id-1", "00-a")
    assert (message.exchange, message.routing_key, message.body) == (topology.DEAD_LETTERS, "notifications", b"{")
    assert message.message_id == "id-1"
    assert message.headers == {
        topology.PARKED_QUEUE_HEADER: "notifications",
        topology.PARKED_REASON_HEADER: "not JSON",
        "traceparent": "00-a",
    }


def test_without_an_id_the_content_gives_one() -> None:
    first, again, other = (parked("q", body, "why", None, None) for body in (b"a", b"a", b"b"))
    assert first.message_id == again.message_id != other.message_id


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"[]", b"1" * 5000, b"[" * 100_000, b'{"message_id": 1}'])
def test_what_can_never_be_read(body: bytes) -> None:
    with pytest.raises(InvalidMessage):
        readable(body)
