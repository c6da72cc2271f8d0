"""What a person sees while a rehearsal runs: a live block on a terminal, plain lines elsewhere. All on stderr."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from rich.console import Console
from rich.constrain import Constrain
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.process import interruptible

_PLAIN_INTERVAL_S = 5.0
_ECHO_COLUMNS = 4


@dataclass(frozen=True)
class Progress:
    """A moment of a run. Latencies are of the last seconds; `backlog` is messages by queue, empty where none was looked
    at.
    """

    sent: int = 0
    in_flight: int = 0
    acknowledged: int = 0
    refused: int = 0
    indeterminate: int = 0
    dropped: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    backlog: Mapping[str, int] = field(default_factory=dict)


class Display(Protocol):
    """Shows a run. It never fails a run, and never writes to stdout, which belongs to scripts."""

    def phase(self, name: str, lasts_s: float | None = None, *, limit_s: float | None = None) -> None:
        """A phase begins; `lasts_s` where its length is known, `limit_s` where only that it may not last longer."""
        ...

    def note(self, line: str) -> None:
        """Something that is worth a line of its own, and stays on the screen."""
        ...

    def show(self, progress: Progress) -> None:
        """The newest figures."""
        ...

    def interrupted(self, line: str) -> None:
        """The run is being stopped. For a signal handler: it neither waits nor fails because of what it interrupts."""
        ...

    def close(self) -> None:
        """The run is over; the screen is left tidy. May be called twice."""
        ...


def open_display(stream: TextIO | None = None) -> Display:
    """The display that fits `stream` (default stderr)."""
    stream = stream or sys.stderr
    return TerminalDisplay(stream) if stream.isatty() else PlainDisplay(stream)


@contextmanager
def watched() -> Iterator[Display]:
    """A display on stderr that is told of an interruption, which ends the run, and is closed however it ends."""
    display = open_display()
    try:
        with interruptible(display.interrupted):
            yield display
    finally:
        display.close()


class _Clock:
    """Knows the phase, and how much of it is left."""

    def __init__(self) -> None:
        self.name = "starting"
        self._began = time.monotonic()
        self._lasts_s: float | None = None
        self._most = ""

    def begin(self, name: str, lasts_s: float | None = None, limit_s: float | None = None) -> None:
        self.name, self._began = name, time.monotonic()
        self._lasts_s, self._most = (lasts_s, "") if limit_s is None else (limit_s, "at most ")

    def length(self) -> str:
        """How long the phase lasts, in brackets, where that is known."""
        return "" if self._lasts_s is None else f" ({self._most}{self._lasts_s:.0f} s)"

    def text(self) -> str:
        """How long it lasts still, or has lasted."""
        elapsed_s = time.monotonic() - self._began
        if self._lasts_s is None:
            return f"{elapsed_s:.0f} s"
        return f"{self._most}{max(self._lasts_s - elapsed_s, 0):.0f} s left"


class PlainDisplay:
    """A line per phase and note, and one with figures every five seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._clock = _Clock()
        self._start = time.monotonic()
        self._last = 0.0

    def phase(self, name: str, lasts_s: float | None = None, *, limit_s: float | None = None) -> None:
        """See Display."""
        self._clock.begin(name, lasts_s, limit_s)
        self._line(name + self._clock.length())

    def note(self, line: str) -> None:
        """See Display."""
        self._line(f"  {line}")

    def show(self, progress: Progress) -> None:
        """See Display."""
        if time.monotonic() - self._last < _PLAIN_INTERVAL_S:
            return
        self._last = time.monotonic()
        figures = [_requests(progress), _latency(progress)] if progress.sent else []
        if progress.backlog:
            figures.append(f"backlog {_backlog(progress)}")
        told = f": {' · '.join(figures)}" if figures else ""
        self._line(f"  {self._clock.name}, {self._clock.text()}{told}")

    def interrupted(self, line: str) -> None:
        """See Display."""
        self._line(line)

    def close(self) -> None:
        """See Display."""

    def _line(self, text: str) -> None:
        print(f"[{time.monotonic() - self._start:6.1f} s] {text}", file=self._stream, flush=True)


class TerminalDisplay:
    """A block that is redrawn four times a second; notes scroll above it."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False)
        self._clock = _Clock()
        self._start = time.monotonic()
        self._progress = Progress()
        self._live = Live(
            get_renderable=self._block, console=self._console, refresh_per_second=4, transient=True,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        self._live.start()

    def phase(self, name: str, lasts_s: float | None = None, *, limit_s: float | None = None) -> None:
        """See Display."""
        self._clock.begin(name, lasts_s, limit_s)
        self.note(f"[{time.monotonic() - self._start:5.1f} s] {name}")

    def note(self, line: str) -> None:
        """See Display."""
        self._console.print(Text(line))

    def show(self, progress: Progress) -> None:
        """See Display."""
        self._progress = progress

    def interrupted(self, line: str) -> None:
        """See Display. The block says so, which another thread draws: this one may be in the middle of a note."""
        self._clock.begin(line)
        self._progress = Progress()

    def close(self) -> None:
        """See Display."""
        self._live.stop()

    def _block(self) -> Constrain:
        table = Table.grid(padding=(0, 2))
        table.add_row(Text(self._clock.name, style="bold"), self._clock.text())
        if self._progress.sent:
            table.add_row("requests", _requests(self._progress))
            table.add_row("latency", _latency(self._progress))
        if self._progress.backlog:
            table.add_row("backlog", _backlog(self._progress))
        # The cursor waits behind the last line: a ^C that the terminal echoes there must not begin a new one, which
        # would leave a line of the old block standing.
        return Constrain(table, self._console.width - _ECHO_COLUMNS)


def _requests(progress: Progress) -> str:
    return (
        f"{progress.sent} sent, {progress.in_flight} in flight, {progress.acknowledged} acknowledged, "
        f"{progress.refused} refused, {progress.indeterminate} indeterminate, {progress.dropped} dropped"
    )


def _latency(progress: Progress) -> str:
    if progress.p50_ms is None or progress.p99_ms is None:
        return "no latency yet"
    return f"p50 {progress.p50_ms:.0f} ms, p99 {progress.p99_ms:.0f} ms"


def _backlog(progress: Progress) -> str:
    waiting = {name: count for name, count in progress.backlog.items() if count}
    return ", ".join(f"{name} {count}" for name, count in waiting.items()) or "0"
