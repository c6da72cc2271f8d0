"""What a simulation costs grows with the requests and no faster; its memory does not grow with the users.

Work is counted, not timed: with the kernels uncompiled every step of theirs is a line that the interpreter runs.
"""

import json
import os
import pickle
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from harness.capacity.calibration import Calibration
from harness.capacity.demand import read
from harness.capacity.engine import Setup, simulate
from harness.capacity.engine.setup import MOST_PER_S

_LINES = """
import json, pickle, sys
from harness.capacity.engine import simulate

lines = 0

def inside(frame, event, argument):
    global lines
    lines += event == "line"
    return inside

def outside(frame, event, argument):
    return inside if "/harness/capacity/" in frame.f_code.co_filename else None

told = []
for setup in pickle.load(sys.stdin.buffer):
    lines = 0
    sys.settrace(outside)
    result = simulate(setup)
    sys.settrace(None)
    told.append((result.requests_simulated, lines))
print(json.dumps(told))
"""


def lines(setups):
    """For each of `setups` the requests, and the lines that ran for them."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _LINES],
        input=pickle.dumps(setups),
        stdout=subprocess.PIPE,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        check=True,
    )
    return json.loads(done.stdout)


def test_each_request_takes_as_many_steps_however_many_there_are(setup_of):
    counted = lines([setup_of(per_s, 1) for per_s in (40, 80, 160, 320)])
    requests, steps = np.array(counted).T
    each = np.diff(steps) / np.diff(requests)
    assert each == pytest.approx(each[0], rel=0.1)


def test_a_longer_run_takes_as_many_steps_for_a_request(setup_of):
    counted = lines([setup_of(100, minutes) for minutes in (1, 2, 4)])
    requests, steps = np.array(counted).T
    each = np.diff(steps) / np.diff(requests)
    assert each[1] == pytest.approx(each[0], rel=0.1)


def test_the_interpreter_does_as_much_for_many_requests_as_for_few(setup_of):
    """What is done for each request is done in the kernels: calls are of ticks, whatever comes in them."""
    calls = []

    def count(frame, event, argument):
        calls[-1] += event in ("call", "c_call")

    for per_s in (300, 300, 1200):
        calls.append(0)
        setup = setup_of(per_s, 2)
        sys.setprofile(count)
        try:
            simulate(setup)
        finally:
            sys.setprofile(None)
    assert calls[2] == pytest.approx(calls[1], rel=0.02)


def test_memory_is_bounded_whatever_the_number_of_users(document):
    """A flash crowd at its height, most of which is refused and comes again, three times."""
    flash = read("flash", 1)
    at_s = float(np.argmax(flash.curve.factors)) * flash.curve.step_s
    most = []
    for per_s in (1000, 250_000, 1_000_000):
        demand = flash.of(round(per_s / flash.peak_per_s))
        tracemalloc.start()
        try:
            result = simulate(Setup(document, Calibration.load(), demand, begin_s=at_s, end_s=at_s + 3))
            most.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert result.attempts > 3 * result.requests_simulated
    _, some, many = most
    assert many < 4.2 * some
    assert many / 1_000_000 * MOST_PER_S < 2 * 1024**3
