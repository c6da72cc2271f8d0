"""Random numbers: a stream of its own for every stage and replication.

A change of one stage leaves the numbers of all others as they were, so two settings meet the same demand (common random
numbers), and their difference is not blurred by chance.
"""

import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Streams:
    """The streams of one replication of the runs with `seed`."""

    seed: int
    replication: int = 0

    def of(self, stage: str) -> np.random.Generator:
        """The stream of `stage`, always from its beginning: PCG64DXSM, seeded by seed, replication and name."""
        sequence = np.random.SeedSequence(self.seed, spawn_key=(self.replication, zlib.crc32(stage.encode())))
        return np.random.Generator(np.random.PCG64DXSM(sequence))
