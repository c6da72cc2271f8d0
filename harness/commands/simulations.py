"""What the commands that simulate share: the options that say what is simulated and where."""

import argparse
import dataclasses
import datetime
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from harness.capacity.calibration import Calibration
from harness.capacity.calibration.model import DEFAULT
from harness.capacity.controllers.errors import ControllerError
from harness.capacity.demand import read
from harness.capacity.engine import Assumptions, Setup, slo
from harness.capacity.engine.simulation import simulate
from harness.capacity.errors import SettingError
from harness.capacity.kernel.compiled import at_hand
from harness.capacity.settings import changed
from harness.commands import places
from harness.delivery import working_copy
from harness.stack import load

_NUMBER = re.compile(r"(?P<digits>\d+(\.\d+)?(e\d{1,2})?)(?P<unit>[kM])?", re.IGNORECASE)
_TRIAL_S = 60.0
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


def add(parser: argparse.ArgumentParser) -> None:
    """The options that all of them have."""
    parser.add_argument("--env", default="prod", help="terraform/stack.ENV.json (default: %(default)s)")
    parser.add_argument("--profile", default="day", help="day, flash, campaign, or a file (default: %(default)s)")
    parser.add_argument(
        "--set", dest="settings", action="append", default=[], metavar="PATH=VALUE", help="a change of the stack"
    )
    parser.add_argument(
        "--assume",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help=f"another figure than is assumed: {', '.join(field.name for field in dataclasses.fields(Assumptions))}",
    )
    parser.add_argument(
        "--slo",
        dest="slos",
        action="append",
        default=[],
        metavar="FIGURE=LIMIT",
        help=f"another limit: {', '.join(f'{each.figure}={each.limit:g}' for each in slo.DEFAULT)}",
    )
    parser.add_argument("--seed", type=int, default=1, help="decides demand and chance (default: %(default)s)")
    parser.add_argument("--calibration", type=Path, default=DEFAULT, help="service times (default: the committed ones)")
    parser.add_argument("--processes", type=number, help="of this machine that run replications (default: by its CPUs)")
    parser.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler that runs the replications instead")
    parser.add_argument("--json", action="store_true", help="one JSON object, the same as in the file")
    parser.add_argument("--out", type=Path, default=places.OUT / "capacity", help="default: %(default)s")


def number(text: str) -> int:
    """1 or more, for argparse: 5000000, 5_000_000, 5e6, 5M or 500k."""
    found = _NUMBER.fullmatch(text.replace("_", "").replace(",", ""))
    value = Decimal(found["digits"]) * _UNITS[(found["unit"] or "").lower()] if found else Decimal(0)
    if value < 1 or value != int(value):
        raise argparse.ArgumentTypeError(f"a whole number of 1 or more, such as 500k, 5M or 5000000, not {text!r}")
    return int(value)


def setup(options: argparse.Namespace, users: int) -> Setup:
    """What is to be simulated with so many users, without faults. Raises DeliveryError, StackError, CapacityError."""
    working_copy.values_file(places.TERRAFORM, options.env)  # says which environments there are
    file = places.description(options.env)
    load(file)
    return Setup(
        document=changed(json.loads(file.read_text("utf-8")), options.settings),
        calibration=Calibration.load(options.calibration),
        demand=read(options.profile, users),
        seed=options.seed,
        assumptions=Assumptions().changed(options.assume),
    )


def announced(step: Callable[[str], None]) -> None:
    """What has to be waited for before the first simulation."""
    if not at_hand():
        step("compiling the simulator, once on this machine: about a minute")


def tried(setup: Setup, settings: Sequence[str]) -> None:
    """Raises SettingError where the description allows `settings`, and no stack can run with them."""
    if not settings:
        return
    try:
        simulate(replace(setup, end_s=min(setup.until_s, _TRIAL_S)))
    except (ArithmeticError, ValueError, ControllerError) as error:
        raise SettingError(f"{', '.join(settings)}: no stack runs with that: {error}") from error


def given(options: argparse.Namespace, users: int) -> dict[str, Any]:
    """What was asked for, as a result begins."""
    return {
        "env": options.env,
        "users": users,
        "profile": options.profile,
        "settings": options.settings,
        "simulated_utc": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
