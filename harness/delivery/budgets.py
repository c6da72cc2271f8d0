"""How large a function's package may be: a user who waits pays for what a cold start loads."""

from collections import Counter
from collections.abc import Mapping

from harness.delivery.errors import OverBudget

# Bytes unpacked; the zip, which is not compressed, has some more. Each has about a third of room above what it holds.
BUDGETS: Mapping[str, int] = {
    "commands": 1_200_000,
    "database_scaler": 150_000,
    "notifications": 7_500_000,
    "overflow_relay": 1_200_000,
    "queries": 7_000_000,
    "quotes": 350_000,
    "users": 600_000,
}
# Lambda developer guide, "Lambda quotas": a zip that is uploaded directly; unpacked, with all layers.
LAMBDA_ZIPPED_BYTES = 50 * 1024**2
LAMBDA_UNPACKED_BYTES = 250 * 1024**2

_LARGEST = 3


def check(function: str, contents: Mapping[str, bytes], zipped_bytes: int, budgets: Mapping[str, int]) -> None:
    """Raises OverBudget where the package of `function`, by path, exceeds its budget or a quota of Lambda."""
    if function not in budgets:
        raise OverBudget(f"functions.{function}: has no budget; give it a line in harness/delivery/budgets.py")
    unpacked_bytes = sum(map(len, contents.values()))
    for bytes_, limit, what in (
        (unpacked_bytes, budgets[function], "its budget in harness/delivery/budgets.py"),
        (zipped_bytes, LAMBDA_ZIPPED_BYTES, "what Lambda takes as a zip"),
        (unpacked_bytes, LAMBDA_UNPACKED_BYTES, "what Lambda unpacks"),
    ):
        if bytes_ > limit:
            raise OverBudget(
                f"functions.{function}: {bytes_:,} bytes are more than {what}, {limit:,}; largest: {_largest(contents)}"
            )


def _largest(contents: Mapping[str, bytes]) -> str:
    sizes: Counter[str] = Counter()
    for path, content in contents.items():
        sizes[path.partition("/")[0]] += len(content)
    return ", ".join(f"{name} {size:,}" for name, size in sizes.most_common(_LARGEST))
