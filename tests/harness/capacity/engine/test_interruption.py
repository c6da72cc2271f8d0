"""Signals that come while kernels run, in a process of its own: what goes wrong there ends it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.capacity.engine.interruption import held

ROOT = Path(__file__).resolve().parents[4]

PROGRAM = """
import dataclasses, json, os, random, signal, threading
from harness.capacity.calibration import Calibration
from harness.capacity.calibration.model import DEFAULT
from harness.capacity.demand import read
from harness.capacity.engine import Setup
from harness.capacity.engine.simulation import simulate

document = json.load(open("terraform/stack.prod.json"))
setup = Setup(document=document, calibration=Calibration.load(DEFAULT), demand=read("day", 5_000_000), seed=1)
simulate(dataclasses.replace(setup, end_s=60.0))  # compiles what is not yet
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started this may ignore it
interrupted = 0
for turn in range(80):
    threading.Timer(random.uniform(0.02, 0.3), os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        simulate(setup)
    except KeyboardInterrupt:
        interrupted += 1
print(interrupted)
"""


class Came(Exception):
    pass


@pytest.fixture
def handler():
    def come(number, frame):
        raise Came(number)

    before = signal.signal(signal.SIGHUP, come)
    yield come
    signal.signal(signal.SIGHUP, before)


def test_a_signal_waits_until_it_is_let_through(handler):
    reached = []

    def work():
        with held() as through:
            os.kill(os.getpid(), signal.SIGHUP)
            reached.append("before")
            through()
            reached.append("after")

    with pytest.raises(Came):
        work()
    assert reached == ["before"]
    assert signal.getsignal(signal.SIGHUP) is handler


def test_at_the_latest_it_comes_at_the_end(handler):
    with pytest.raises(Came), held():
        os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is handler


def test_a_second_one_does_not_wait(handler):
    reached = []

    def work():
        with held():
            os.kill(os.getpid(), signal.SIGHUP)
            reached.append("after the first")
            os.kill(os.getpid(), signal.SIGHUP)
            reached.append("after the second")

    with pytest.raises(Came):
        work()
    assert reached == ["after the first"]


def test_a_simulation_can_be_interrupted_wherever_it_is():
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "80\n"), done.stderr
