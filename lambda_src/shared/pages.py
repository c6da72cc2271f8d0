"""Pages of a list: an opaque `cursor` names the last item seen, so that pages neither skip nor repeat."""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from contracts import problems
from shared.request import Request
from shared.response import Problem

MAX_LIMIT = 100
DEFAULT_LIMIT = 20

_NUMBER = re.compile("[1-9][0-9]{0,2}")
# JSON can say half a character, which no database can be asked for.
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Page:
    """At most `limit` items after the position `after`, which is the sort key of an item; None: from the start."""

    limit: int
    after: tuple[str, ...] | None


def page(request: Request, keys: int) -> Page:
    """The page that the request asks for. `keys` is how many fields the list is sorted by."""
    limit = request.parameter("limit")
    if limit is not None and not (_NUMBER.fullmatch(limit) and int(limit) <= MAX_LIMIT):
        raise Problem(problems.INVALID_PARAMETER, f"Send limit as a whole number from 1 to {MAX_LIMIT}.")
    cursor = request.parameter("cursor")
    return Page(DEFAULT_LIMIT if limit is None else int(limit), None if cursor is None else decode_cursor(cursor, keys))


def encode_cursor(position: Sequence[str]) -> str:
    """A cursor for a query string: characters that need no escaping."""
    text = json.dumps(list(position), separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, keys: int) -> tuple[str, ...]:
    """The position. Raises the problem invalid-parameter for anything that `encode_cursor` did not make."""
    try:
        text = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = json.loads(text)
    except (ValueError, binascii.Error, RecursionError):
        position = None
    if (
        not isinstance(position, list)
        or len(position) != keys
        or not all(isinstance(key, str) and _SURROGATE.search(key) is None for key in position)
        or encode_cursor(position) != cursor
    ):
        raise Problem(problems.INVALID_PARAMETER, "Send cursor as next_cursor gave it, or leave it out to begin.")
    return tuple(position)
