"""Stopping on a signal, in a process of its own: signals are the whole process's."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import queue, sys, threading, time
from worker import logs
from worker.shutdown import stop_on_signals

class SlowEvent(threading.Event):
    # A machine so busy that hearing the signal takes longer than a turn of the main loop.
    def set(self):
        time.sleep(0.5)
        super().set()

logs.configure("orders", "INFO")
stop = SlowEvent()
stop_on_signals(stop, float(sys.argv[1]), 7)
print("waiting", flush=True)
deliveries = queue.SimpleQueue()
while not stop.is_set() or "deaf" in sys.argv:
    try:
        deliveries.get(timeout=0.25)
    except queue.Empty:
        pass
print("stopped")
"""


def process(*arguments: str) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": f"{ROOT / 'worker_src'}:{ROOT}"},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "waiting\n"
    return child


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_loop_stops_however_slowly_the_signal_is_heard(number: signal.Signals) -> None:
    child = process("20")
    child.send_signal(number)
    child.send_signal(number)
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out, err) == (0, "stopped\n", "")


def test_what_does_not_stop_is_cut_off_and_tells_where_it_was() -> None:
    child = process("0.5", "deaf")
    child.terminate()
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (7, "")
    line = json.loads(err)
    assert line["message"] == "cut off: the role did not stop in time"
    assert "<string>" in line["stacks"]["MainThread"]
