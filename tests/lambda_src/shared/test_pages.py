from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import problems
from shared.pages import Page, decode_cursor, encode_cursor, page
from shared.request import Request
from shared.response import Problem

positions = st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=3)


@given(positions)
def test_a_cursor_comes_back_as_it_went(position: list[str]) -> None:
    cursor = encode_cursor(position)
    assert all(character.isascii() and (character.isalnum() or character in "-_") for character in cursor)
    assert decode_cursor(cursor, len(position)) == tuple(position)


@given(st.text(), st.integers(1, 2))
def test_anything_else_is_refused_or_is_a_cursor(text: str, keys: int) -> None:
    try:
        position = decode_cursor(text, keys)
    except Problem:
        return
    assert encode_cursor(position) == text
    assert [key.encode() for key in position]


@pytest.mark.parametrize(
    "cursor",
    ["", "WzFd", encode_cursor(["a"]), encode_cursor(["a", "b", "c"]), encode_cursor(["a", "b"]) + "=",
     encode_cursor(["\ud800", "x"])],
)  # fmt: skip
def test_cursors_of_another_form_are_refused(cursor: str) -> None:
    with pytest.raises(Problem):
        decode_cursor(cursor, 2)


@pytest.fixture
def asked(event: Callable[..., dict[str, Any]], context: Callable[[], Any]) -> Callable[[str], Page]:
    return lambda query: page(Request.of(event("GET /v1/products", query=query), context()), 1)


def test_what_is_asked_for(asked: Callable[[str], Page]) -> None:
    assert asked("") == Page(20, None)
    assert asked("limit=100&other=1") == Page(100, None)
    assert asked(f"cursor={encode_cursor(['SKU-1'])}&limit=1") == Page(1, ("SKU-1",))


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=", "limit=1.0", "limit=%D9%A1", "limit=99999999999999999999",
     "limit=0001000000", "limit=0001" + "9" * 5000, "limit=01", "limit=1&limit=2", "limit=1%20", "cursor=", "cursor=x"],
)  # fmt: skip
def test_what_cannot_be_asked_for(asked: Callable[[str], Page], query: str) -> None:
    with pytest.raises(Problem) as refusal:
        asked(query)
    assert refusal.value.kind is problems.INVALID_PARAMETER
