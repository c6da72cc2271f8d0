"""Streams of random numbers: the same again, and different from all others."""

import numpy as np

from harness.capacity.kernel.streams import Streams


def first(streams: Streams, stage: str) -> list[float]:
    return streams.of(stage).random(4).tolist()


def test_a_stream_begins_anew_each_time():
    assert first(Streams(1, 2), "orders") == first(Streams(1, 2), "orders")


def test_seed_replication_and_stage_each_make_another():
    streams = [first(*key) for key in ((Streams(1), "a"), (Streams(1), "b"), (Streams(1, 1), "a"), (Streams(2), "a"))]
    assert len({tuple(stream) for stream in streams}) == 4


def test_streams_are_not_correlated():
    drawn = np.array([Streams(1, n).of("arrivals").random(10_000) for n in range(10)])
    assert np.abs(np.corrcoef(drawn) - np.eye(10)).max() < 0.05
