"""JSON as RFC 8259 means it, and I-JSON (RFC 7493) where that leaves a choice: what a stranger sends."""

import json
from typing import Any


class InvalidJson(ValueError):
    """Not JSON, or JSON that two parsers would read differently."""


def parse(body: bytes) -> Any:
    """The value in `body`, UTF-8. Raises InvalidJson.

    Refused besides what is no JSON: a member named twice, NaN and infinities, half a surrogate pair, numbers and
    nesting beyond Python's limits. A whole number written as 2.0 or 2e0 becomes the integer that JSON Schema calls it.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_members,
            parse_constant=_constant,
            parse_float=_number,
        )
        # The parser passes "\ud800", which no database and no peer can take.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except InvalidJson:
        raise
    except json.JSONDecodeError as error:
        raise InvalidJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise InvalidJson(f"not UTF-8 at byte {error.start}") from None
    except UnicodeEncodeError:
        raise InvalidJson("half a surrogate pair in a string") from None
    except RecursionError:
        raise InvalidJson("nested too deeply") from None
    except ValueError:
        raise InvalidJson("a number has too many digits") from None
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidJson(f"member {twice[:64]!r} occurs twice in one object")
    return members


def _constant(name: str) -> None:
    raise InvalidJson(f"{name} is no JSON value")


def _number(text: str) -> int | float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise InvalidJson("a number is too large")
    return int(value) if value.is_integer() else value
