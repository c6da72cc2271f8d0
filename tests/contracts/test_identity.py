import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import identity, messages, schemas

names = st.text(min_size=1, max_size=64)


@given(user=names, key=names)
def test_an_order_id_is_a_canonical_uuid_of_version_8(user, key):
    order = identity.order_id(user, key)
    parsed = uuid.UUID(order)
    assert (str(parsed), parsed.version, parsed.variant) == (order, 8, uuid.RFC_4122)


@given(user=names, key=names)
def test_a_retry_has_the_same_identity(user, key):
    assert identity.order_id(user, key) == identity.order_id(user, key)
    for type_ in (messages.PLACE, messages.CANCEL):
        assert identity.message_id(user, key, type_) == identity.message_id(user, key, type_)


@given(user=names, key=names)
def test_users_own_their_orders(user, key):
    assert identity.owns(user, identity.order_id(user, key))


@given(user=names, other=names, key=names)
def test_users_do_not_own_the_orders_of_others(user, other, key):
    assert identity.owns(other, identity.order_id(user, key)) == (user == other)


@given(st.lists(st.tuples(names, names), unique=True, max_size=50))
def test_different_users_or_keys_have_different_orders_and_messages(pairs):
    assert len({identity.order_id(user, key) for user, key in pairs}) == len(pairs)
    types = (messages.PLACE, messages.CANCEL)
    ids = {identity.message_id(user, key, type_) for user, key in pairs for type_ in types}
    assert len(ids) == len(pairs) * len(types)


@given(text=st.text(min_size=2, max_size=20), data=st.data())
def test_where_the_user_ends_and_the_key_begins_matters(text, data):
    first, second = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True)))
    assert identity.order_id(text[:first], text[first:]) != identity.order_id(text[:second], text[second:])


@given(user=names, key=names, bit=st.integers(0, 127))
def test_an_order_id_with_one_bit_changed_is_owned_only_where_the_bit_is_the_keys(user, key, bit):
    changed = str(uuid.UUID(int=uuid.UUID(identity.order_id(user, key)).int ^ (1 << bit)))
    assert identity.owns(user, changed) == (bit < 62)


@pytest.mark.parametrize(
    "spoil",
    [
        str.upper,
        lambda order: "{" + order + "}",
        lambda order: order.replace("-", ""),
        lambda order: "urn:uuid:" + order,
        lambda order: order[:-1],
        lambda order: order + "\n",
        lambda order: "",
        lambda order: "x" * 36,
    ],
)
def test_another_spelling_is_no_order_id(spoil):
    order = identity.order_id("ann", "key with ABCDEF")
    assert not identity.owns("ann", spoil(order))


@given(user=names, key=names, versions=st.sets(st.integers(1, 10**6), max_size=20))
def test_each_version_of_an_order_is_its_own_event(user, key, versions):
    order = identity.order_id(user, key)
    assert len({identity.event_id(order, version) for version in versions}) == len(versions)


@given(user=names, key=names)
def test_ids_have_the_form_that_the_schemas_want(user, key):
    schemas.validate("order.cancel", {"order_id": identity.order_id(user, key)})
    command = messages.command(messages.CANCEL, "ann", key, {"order_id": identity.order_id(user, key)})
    messages.encode(command)


def test_identities_are_written_in_stone():
    # Messages in queues and rows in MySQL outlive a deployment: these values may never change.
    assert identity.order_id("ann", "key-1") == "8dcc5227-5913-8507-ad3b-0bb698199074"
    assert identity.message_id("ann", "key-1", messages.PLACE) == "6e373351-b43c-830c-a91c-d5bd1e1b42e6"
    assert identity.event_id("8dcc5227-5913-8507-ad3b-0bb698199074", 1) == "58d23574-9e6e-8402-9b69-bace4ca630da"
    assert (
        identity.request_hash({"b": 1, "a": "é"}) == "6d9eb45284090145dc16661b06abe01185a16a7dabba07c992a131bffa6b8114"
    )


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
requests = st.dictionaries(st.text(max_size=4), values, max_size=4)


@given(request=requests)
def test_the_order_of_members_does_not_change_a_request(request):
    assert identity.request_hash(dict(reversed(request.items()))) == identity.request_hash(request)


@given(first=requests, second=requests)
def test_different_requests_have_different_hashes(first, second):
    # repr tells 1 from True, as JSON does.
    same = repr(_sorted(first)) == repr(_sorted(second))
    assert (identity.request_hash(first) == identity.request_hash(second)) == same


def _sorted(value):
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value
