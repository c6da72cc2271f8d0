"""What a watching person is told. Results go to stdout, everything else to stderr."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.process import Interrupted


def tell(line: str) -> None:
    """Writes a line to stderr, at once."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def steps(who: str, *, silence_s: float = 20.0) -> Iterator[Callable[[str], None]]:
    """Gives what tells the steps of `who`; after each `silence_s` without one it says that work goes on."""
    began = told = time.monotonic()
    over = threading.Event()

    def step(line: str) -> None:
        nonlocal began, told
        began = told = time.monotonic()
        tell(f"{who}: {line}")

    def watch() -> None:
        nonlocal told
        while not over.wait(max(0.0, told + silence_s - time.monotonic())):
            if time.monotonic() - told >= silence_s:
                told = time.monotonic()
                tell(f"{who}: at work on the next step for {told - began:.0f} s")

    watcher = threading.Thread(target=watch, name="steps", daemon=True)
    watcher.start()
    try:
        yield step
    finally:
        over.set()
        watcher.join()


@contextmanager
def interrupted(state: str) -> Iterator[None]:
    """Says in what state an interruption leaves things; of several the innermost speaks."""
    try:
        yield
    except Interrupted as error:
        error.add_note(state)
        raise
