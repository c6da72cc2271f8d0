import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.strict_json import InvalidJson, parse

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(values)
def test_whatever_json_writes_is_read_back(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(InvalidJson):
        json.dumps(parse(body), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"[1,]",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"1e400",
        b'{"a": 1, "a": 2}',
        b'{"outer": {"a": 1, "b": 2, "a": 1}}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b"9" * 5000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_refused(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        parse(body)


def test_the_refusal_says_where() -> None:
    with pytest.raises(InvalidJson, match="line 2, column 3"):
        parse(b"{\n  a: 1}")
    with pytest.raises(InvalidJson, match="'quantity' occurs twice"):
        parse(b'{"quantity": 1, "quantity": 2}')


def test_a_whole_number_is_an_integer_however_it_is_written() -> None:
    assert [type(value) for value in parse(b"[2.0, 2e0, -0.0, 2.5]")] == [int, int, int, float]
