"""`harness calibrate`: service times for simulations, from a finished replay."""

import argparse
from pathlib import Path

from harness.capacity.calibration import Calibration, calibrate, measure
from harness.capacity.calibration.model import DEFAULT
from harness.commands import places
from harness.commands.telling import tell
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Reads what a replay has measured: each operation's invocations, cold starts, publishing, and what a batch of "
        "each worker takes. The scenario `calibration` is made for it."
    )
    parser.add_argument(
        "--run", dest="folder", type=Path, default=places.OUT / "latest", help="a run's folder (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, default=DEFAULT, help="file to write (default: the committed calibration)")


def run(options: argparse.Namespace) -> int:
    """Writes the calibration, prints its middle values, and tells what is to be doubted about it."""
    found = calibrate(measure(options.folder))
    found.write(options.out)
    print(_table(found))
    for remark in found.remarks():
        tell(f"note: {remark}")
    tell(f"written: {options.out}")
    return Exit.PASS


def _table(found: Calibration) -> str:
    lines = [f"{'invocations, ms':<42} {'samples':>7} {'p50':>8} {'p95':>8} {'p99':>8}"]
    rows = [
        (f"{function} {operation}", times.duration_ms)
        for function, operations in found.functions.items()
        for operation, times in operations.items()
    ]
    rows += [(f"init of {function}", cold.init_ms) for function, cold in found.cold_starts.items()]
    rows += [("publish", found.publish_ms), ("gateway", found.gateway_ms)]
    if found.overflow_ms is not None:
        rows.append(("publish through SQS", found.overflow_ms))
    lines += [
        f"{name:<42} {times.samples:>7} {times.at(0.5):>8.2f} {times.at(0.95):>8.2f} {times.at(0.99):>8.2f}"
        for name, times in rows
    ]
    lines.append(f"{'batches, ms':<42} {'samples':>7} {'fixed':>8} {'each':>8} {'sizes':>8}")
    lines += [
        f"{name:<42} {batch.spread.samples:>7} {batch.fixed_ms:>8.2f} {batch.per_message_ms:>8.3f} "
        f"{batch.smallest:>4}-{batch.largest}"
        for name, batch in found.batches.items()
    ]
    return "\n".join(lines)
