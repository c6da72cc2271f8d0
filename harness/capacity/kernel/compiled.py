"""How a kernel is compiled: by numba at its first call, then from a cache beside the sources."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

F = TypeVar("F", bound=Callable[..., Any])

_HERE = Path(__file__).parent


def _digest() -> str:
    """Of all sources of the kernels.

    numba compares a cached function with its own file alone. One that calls a function of another file would stay as it
    was when that changes, so each state of the sources has a cache of its own.
    """
    texts = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))
    return hashlib.sha256(texts).hexdigest()[:16]


numba.config.CACHE_DIR = str(_HERE / "__pycache__" / f"compiled-{_digest()}")  # type: ignore[attr-defined]


def at_hand() -> bool:
    """Whether these kernels have been compiled on this machine before: it takes a minute."""
    return any(Path(numba.config.CACHE_DIR).rglob("*.nbi"))  # type: ignore[attr-defined]


def compiled(function: F) -> F:
    """Compiles `function`, which must keep to what numba knows; IEEE arithmetic, no interpreter lock."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
