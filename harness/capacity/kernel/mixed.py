"""Durations of requests of several kinds, each with a distribution of its own, drawn in one pass."""

from collections.abc import Sequence

import numpy as np

from harness.capacity.kernel.compiled import Floats, Integers, compiled
from harness.capacity.kernel.service_times import sample


@compiled
def _draw(tables: Floats, kinds: Integers, factors: Floats, added: Floats, values: Floats) -> None:
    for i in range(kinds.size):
        kind = kinds[i]
        values[i] = sample(tables[kind], values[i]) * factors[kind] + added[kind]


class Mixed:
    """`quantiles_s` has a table of each kind, all of one length: quantiles at equal distances of probability."""

    def __init__(self, quantiles_s: Sequence[Floats]) -> None:
        self._tables: Floats = np.stack(quantiles_s)

    def draw(self, generator: np.random.Generator, kinds: Integers, factors: Floats, added_s: Floats) -> Floats:
        """A duration in seconds for each of `kinds`: a draw of its kind, times its factor, and what is added to it."""
        values: Floats = generator.random(kinds.size)
        _draw(self._tables, kinds, factors, added_s, values)
        return values
