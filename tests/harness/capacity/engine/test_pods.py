"""Pods that lose a server and come back, each at a time of its own."""

import numpy as np
import pytest

from harness.capacity.controllers import Capacity
from harness.capacity.engine.pods import Pods
from harness.capacity.kernel.batches import Batches, Consuming
from harness.capacity.kernel.service_times import BatchTimes
from harness.capacity.kernel.streams import Streams


@pytest.fixture
def pods():
    stage = Batches(Consuming(1, 1, 0.0, BatchTimes(0.1, 0.0, np.ones(1))), Streams(1).of("orders"))
    found = Pods(stage, Capacity("workers.orders", 3, 3, initial=3))
    found.follow(0.0, 1.0)
    return found


def test_all_come_back_when_their_server_does(pods):
    pods.pause(1.0, 3.5)
    served = []
    for now in (1.0, 2.0, 3.0, 4.0):
        pods.follow(now, now + 1)
        served.append(pods.serving)
    assert served == [0, 0, 3, 3]


def test_those_that_notice_later_come_later(pods):
    pods.pause(1.0, 2.0, [2.5, 4.2, 3.9])
    served = []
    for now in (1.0, 2.0, 3.0, 4.0, 5.0):
        pods.follow(now, now + 1)
        served.append(pods.serving)
    assert served == [0, 1, 2, 3, 3]


def test_what_comes_meanwhile_waits_for_them(pods):
    pods.pause(1.0, 2.0, [2.5, 9.0, 9.0])
    pods.stage.consume(np.array([1.0, 1.1]), 2.0)
    pods.follow(2.0, 4.0)
    done = pods.stage.consume(np.empty(0), 4.0)
    assert done.finishes.tolist() == pytest.approx([2.6, 2.7])
