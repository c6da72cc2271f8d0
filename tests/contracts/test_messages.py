import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import identity, messages
from contracts.messages import CANCEL, CHANGED, PLACE, Envelope, InvalidMessage

ORDER = identity.order_id("ann", "key-1")
LINES = [{"sku": "SKU-0001", "quantity": 2}]
STATE = {
    "order_id": ORDER, "user_id": "ann", "status": "CONFIRMED", "reason": None,
    "lines": [{"sku": "SKU-0001", "quantity": 2, "unit_price_cents": 336}], "total_cents": 672, "currency": "EUR",
    "version": 1, "created_at": "2026-01-31T00:00:00.000000Z", "updated_at": "2026-01-31T00:00:00.000000Z",
}  # fmt: skip

skus = st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,63}", fullmatch=True)
users = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64)


def place(**payload):
    return messages.command(PLACE, "ann", "key-1", {"order_id": ORDER, "lines": LINES, **payload})


def spoilt(**fields):
    """The bytes of a good message, with members replaced; None removes one."""
    value = {**json.loads(messages.encode(place())), **fields}
    return json.dumps({name: member for name, member in value.items() if member is not None}).encode()


@given(
    user=users,
    key=users,
    lines=st.lists(st.fixed_dictionaries({"sku": skus, "quantity": st.integers(1, 1000)}), min_size=1, max_size=20),
)
def test_a_command_comes_out_as_it_went_in(user, key, lines):
    sent = messages.command(PLACE, user, key, {"order_id": identity.order_id(user, key), "lines": lines})
    assert messages.decode(messages.encode(sent)) == sent
    assert sent.message_id == identity.message_id(user, key, PLACE)
    assert sent.version is None


@given(user=users, version=st.integers(1, 2**31), cents=st.integers(0, 2**60))
def test_an_event_comes_out_as_it_went_in(user, version, cents):
    state = {**STATE, "user_id": user, "version": version, "total_cents": cents}
    sent = messages.event(user, state, messages.new_traceparent())
    assert messages.decode(messages.encode(sent)) == sent
    assert (sent.message_id, sent.version, sent.type) == (identity.event_id(ORDER, version), version, CHANGED)


def test_a_cancel_comes_out_as_it_went_in_also_as_text():
    sent = messages.command(CANCEL, "ann", ORDER, {"order_id": ORDER})
    assert messages.decode(messages.encode(sent).decode()) == sent


def test_a_command_goes_on_with_the_trace_it_was_given():
    trace = messages.new_traceparent()
    assert messages.command(CANCEL, "ann", ORDER, {"order_id": ORDER}, trace).traceparent == trace


def test_the_time_is_utc_with_microseconds():
    text = messages.utc_now()
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert len(text) == len("2026-01-31T23:59:59.000001Z")
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


def test_traces_differ():
    assert len({messages.new_traceparent() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"text"', b"1", b"\xff\xfe", b"{}", b'{"type": "order.place"}', "{'a': 1}",
        b"\x00", b"1" * 5000, b"[" * 100_000, b'{"type":[]}', b'{"type":{}}',
    ],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_what_is_no_message_is_refused(body):
    with pytest.raises(InvalidMessage):
        messages.decode(body)


@pytest.mark.parametrize(
    "fields",
    [
        {"message_id": None}, {"message_id": "1"}, {"message_id": ORDER.upper()}, {"message_id": ORDER + "\n"},
        {"message_id": "00000000-0000-4000-8000-000000000000"}, {"type": None}, {"type": "order.delete"},
        {"schema_version": None}, {"schema_version": 2}, {"schema_version": "1"}, {"occurred_at": None},
        {"occurred_at": "2026-01-31"}, {"occurred_at": "2026-01-31T00:00:00Z"}, {"user_id": None}, {"user_id": ""},
        {"user_id": "u" * 65}, {"user_id": 7}, {"user_id": "ann bee"}, {"user_id": "\ud800"},
        {"traceparent": None}, {"traceparent": "00-0-0-01"}, {"payload": None},
        {"payload": []}, {"payload": {}}, {"extra": 1}, {"version": 0}, {"version": "1"}, {"version": True},
        {"payload": {"order_id": ORDER, "lines": LINES, "extra": 1}},
        {"payload": {"order_id": "x", "lines": LINES}},
        {"payload": {"order_id": ORDER, "lines": []}},
        {"payload": {"order_id": ORDER, "lines": LINES * 21}},
        {"payload": {"order_id": ORDER, "lines": [{"sku": "a", "quantity": 1}]}},
        {"payload": {"order_id": ORDER, "lines": [{"sku": "A", "quantity": 0}]}},
        {"payload": {"order_id": ORDER, "lines": [{"sku": "A", "quantity": 1001}]}},
        {"payload": {"order_id": ORDER, "lines": [{"sku": "A", "quantity": 1.5}]}},
        {"payload": {"order_id": ORDER, "lines": [{"sku": "A", "quantity": True}]}},
        {"payload": {"order_id": ORDER, "lines": [{"sku": "A", "quantity": "1"}]}},
        {"payload": {"order_id": ORDER, "lines": [{"sku": "A"}]}},
        {"payload": {"order_id": ORDER, "lines": [{"sku": "A", "quantity": 1, "price_cents": 1}]}},
        {"payload": {"order_id": ORDER, "lines": LINES, "currency": "EUR"}},
    ],
    ids=str,
)  # fmt: skip
def test_what_breaks_the_contract_is_refused(fields):
    with pytest.raises(InvalidMessage):
        messages.decode(spoilt(**fields))


def test_a_refusal_names_the_place():
    payload = {"order_id": ORDER, "lines": [*LINES, {"sku": "A", "quantity": 0}]}
    with pytest.raises(InvalidMessage, match=r"/lines/1/quantity: .*must be bigger than or equal to 1"):
        messages.decode(spoilt(payload=payload))


def test_an_event_whose_versions_differ_is_refused():
    event = messages.event("ann", STATE, messages.new_traceparent())
    value = json.loads(messages.encode(event))
    for version in (2, None):
        changed = {**value, "version": version}
        if version is None:
            del changed["version"]
        with pytest.raises(InvalidMessage, match="version"):
            messages.decode(json.dumps(changed))


@pytest.mark.parametrize(
    "envelope",
    [
        replace(place(), type="order.delete"),
        replace(place(), user_id=""),
        replace(place(), schema_version=2),
        place(lines=[]),
        replace(messages.event("ann", STATE, messages.new_traceparent()), version=2),
    ],
    ids=lambda envelope: f"{envelope.type} {envelope.version}",
)
def test_nothing_that_breaks_the_contract_is_ever_sent(envelope):
    with pytest.raises(InvalidMessage):
        messages.encode(envelope)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(body):
    with contextlib.suppress(InvalidMessage):
        assert isinstance(messages.decode(body), Envelope)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
members = [
    "message_id", "type", "schema_version", "occurred_at", "user_id", "traceparent", "payload", "version", "extra"
]  # fmt: skip


@given(member=st.sampled_from(members), value=json_values)
def test_no_value_of_any_member_raises_anything_else(member, value):
    with contextlib.suppress(InvalidMessage):
        messages.decode(spoilt(**{member: value}))
