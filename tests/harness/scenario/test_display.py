"""What a person reads where there is no terminal."""

import io

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


def test_a_terminal_is_left_tidy() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    display = open_display(stream)
    assert isinstance(display, TerminalDisplay)
    display.phase("traffic", 20)
    display.show(Progress(sent=7))
    display.close()
    display.close()
    assert "traffic" in stream.getvalue()
