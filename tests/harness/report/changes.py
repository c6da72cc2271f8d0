"""Other values than a JSON value has: a page that shows them all differs with each."""

from collections.abc import Iterator
from typing import Any


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there is a value that can be changed; of the entries of a list, the first."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from paths(each, (*path, key))
    elif isinstance(value, list):
        if value:
            yield from paths(value[0], (*path, 0))
    elif value is not None:
        yield path


def changed(value: Any, path: tuple[Any, ...]) -> Any:
    """A copy in which the value at `path` is another one, or all values below it."""
    if path:
        first, *rest = path
        if isinstance(value, dict):
            return {key: changed(each, tuple(rest)) if key == first else each for key, each in value.items()}
        return [changed(each, tuple(rest)) if number == first else each for number, each in enumerate(value)]
    if isinstance(value, dict):
        return {key: changed(each, ()) for key, each in value.items()}
    if isinstance(value, list):
        return [changed(each, ()) for each in value]
    if isinstance(value, bool) or value is None:
        return None if value is None else not value
    return f"{value}·" if isinstance(value, str) else 3 * value + 3607
