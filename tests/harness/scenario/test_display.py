"""What a person reads where there is no terminal."""

import io

from rich.console import Console

from harness.scenario.display import PlainDisplay, Progress, TerminalDisplay, open_display


def test_without_a_terminal_there_are_plain_lines() -> None:
    stream = io.StringIO()
    display = open_display(stream)
    assert isinstance(display, PlainDisplay)
    display.phase("traffic", 20)
    display.note("fault: broker_door")
    display.show(Progress(sent=7, in_flight=1, acknowledged=6, p50_ms=5.4, p99_ms=20.0, backlog={"a": 0, "b ready": 3}))
    display.show(Progress(sent=8))
    lines = stream.getvalue().splitlines()
    assert [line.partition("] ")[2] for line in lines[:2]] == ["traffic (20 s)", "  fault: broker_door"]
    assert "7 sent, 1 in flight, 6 acknowledged" in lines[2]
    assert "p50 5 ms, p99 20 ms · backlog b ready 3" in lines[2]
    assert len(lines) == 3, "figures come every few seconds only"
    assert "\x1b" not in stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_phase_that_may_end_earlier_says_so() -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream)
    display.phase("waiting for 3 answers", limit_s=105)
    display.show(Progress(backlog={"orders ready": 0}))
    lines = [line.partition("] ")[2] for line in stream.getvalue().splitlines()]
    assert lines == ["waiting for 3 answers (at most 105 s)", "  waiting for 3 answers, at most 105 s left: backlog 0"]


def test_where_nobody_looked_no_backlog_is_told() -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream)
    display.phase("traffic", 20)
    display.show(Progress())
    assert stream.getvalue().splitlines()[-1].endswith("]   traffic, 20 s left")


def test_an_interruption_is_acknowledged() -> None:
    stream = io.StringIO()
    PlainDisplay(stream).interrupted("stopping what was started")
    assert stream.getvalue().endswith("] stopping what was started\n")
    terminal = Terminal()
    display = TerminalDisplay(terminal)
    display.phase("traffic", 20)
    display.show(Progress(sent=7))
    display.interrupted("stopping what was started")
    before = len(terminal.getvalue())
    display.close()
    assert "stopping what was started" in terminal.getvalue()[before:]
    assert "7 sent" not in terminal.getvalue()[before:]


def test_the_block_labels_the_backlog_once() -> None:
    display = TerminalDisplay(Terminal())
    display.show(Progress(sent=7, backlog={"orders ready": 3}))
    console = Console(width=100, file=io.StringIO())
    console.print(display._block())
    display.close()
    assert "backlog   orders ready 3" in console.file.getvalue()


def test_a_key_that_the_terminal_echoes_begins_no_new_line() -> None:
    display = TerminalDisplay(Terminal())
    display._console.width = 60
    display.show(Progress(sent=7, backlog={f"queue {number}": number for number in range(20)}))
    lines = display._console.render_lines(display._block(), pad=False)
    display.close()
    assert len(lines) > 5
    assert max(sum(segment.cell_length for segment in line) for line in lines) <= 56


def test_a_terminal_is_left_tidy() -> None:
    stream = Terminal()
    display = open_display(stream)
    assert isinstance(display, TerminalDisplay)
    display.phase("traffic", 20)
    display.show(Progress(sent=7))
    display.close()
    display.close()
    assert "traffic" in stream.getvalue()
