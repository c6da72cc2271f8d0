"""What a watching person is told. Results go to stdout, everything else to stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.process import Interrupted


def tell(line: str) -> None:
    """Writes a line to stderr, at once."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def interrupted(state: str) -> Iterator[None]:
    """Says in what state an interruption leaves things; of several the innermost speaks."""
    try:
        yield
    except Interrupted as error:
        error.add_note(state)
        raise
