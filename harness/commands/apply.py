"""`harness apply`: an environment, built or changed as the configuration says."""

import argparse
import time
from functools import partial

from harness.capacity import PriceList, at_rest
from harness.commands import environments, places
from harness.commands.telling import interrupted
from harness.scenario.exit import Exit
from harness.stack import load


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Plans, asks, and applies that very plan. ENV local lives in an emulator on this machine: nothing costs, so "
        "nothing is asked. Others are on AWS, with your credentials."
    )
    parser.epilog = (
        "Exit code: 0 applied, or nothing to do; 3 it failed or was not confirmed; 130 interrupted. What was made is "
        "in the state: the same command goes on from there."
    )
    environments.arguments(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask (also: YES=1)")


def run(options: argparse.Namespace) -> int:
    """Plans, asks, applies."""
    began = time.monotonic()
    asks = options.env != environments.LOCAL
    ready = partial(environments.answerable, yes=options.yes or not asks)
    with interrupted("nothing was changed"):
        opened = environments.opened(options.env, options.source, options.var, ready=ready)
        plan = opened.environment.plan(opened.packages)
    if plan.empty:
        print(f"{options.env}: nothing to change, in {time.monotonic() - began:.0f} s")
        return Exit.PASS
    for address in plan.losses():
        print(f"{options.env}: deleted or replaced: {address}")
    if asks:
        cost = at_rest(load(places.description(options.env)), PriceList.load())
        environments.confirm(
            f"{options.env}: {plan.summary()}. The whole stack costs about {cost.usd_per_month:,.0f} USD a month "
            "at rest. Apply?",
            yes=options.yes,
        )
    with interrupted("what was made is in the state, and `make apply` goes on from there"):
        opened.environment.apply()
    print(f"{options.env}: {plan.summary()}: done in {time.monotonic() - began:.0f} s")
    return Exit.PASS
