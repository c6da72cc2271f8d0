"""What a watching person is told. Results go to stdout, everything else to stderr."""

import sys


def tell(line: str) -> None:
    """Writes a line to stderr, at once."""
    print(line, file=sys.stderr, flush=True)
