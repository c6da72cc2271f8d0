"""`harness replay`: a rehearsal, from its scenario to its verdict."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.commands import places
from harness.scenario import parse, tokens
from harness.scenario.display import watched
from harness.scenario.errors import TargetError
from harness.scenario.run import rehearse
from harness.scenario.target import Target
from harness.services import KINDS, external, readable
from harness.stack import load


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Starts servers, functions and workers, sends the traffic, injects the faults, and checks. With --target "
        "nothing is started: the traffic goes to a deployed stage, and its stores are read where "
        f"{external.MYSQL}, {external.DOCUMENTS} or {external.BROKER} name them."
    )
    parser.epilog = (
        "Exit code: 0 pass, 1 a check or service level failed, 2 unknown (the run proved nothing), "
        "3 the harness failed or was called wrongly, 130 interrupted."
    )
    parser.add_argument("scenario", nargs="?", default="smoke", help="a name (see `harness scenarios`) or a file")
    parser.add_argument("--services", choices=KINDS, default="auto", help="where the servers come from (default: auto)")
    parser.add_argument("--target", metavar="URL", help="a deployed stage to rehearse, such as https://api.example/v1")
    parser.add_argument(
        "--token-command",
        default=os.environ.get(tokens.VARIABLE, ""),
        metavar="COMMAND",
        help=f"prints a JWT for the user whose id is in {tokens.USER} (default: {tokens.VARIABLE})",
    )
    parser.add_argument("--without-faults", action="store_true", help="leave the faults out, which no target can have")
    parser.add_argument("--yes", action="store_true", help="do not ask before load is sent to a target")
    parser.add_argument("--seed", type=_seed, help="decides people, arrivals and fault times (default: the scenario's)")
    parser.add_argument("--out", type=Path, default=places.OUT, help="folder for results (default: out)")
    parser.add_argument(
        "--stack", type=Path, default=places.description("local"), help="stack description (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print verdict.json instead of a summary")


def run(options: argparse.Namespace) -> int:
    """Rehearses; the exit code is the verdict's."""
    scenario = parse.read(parse.find(options.scenario), load(options.stack).event_sources)
    target: Target | None = None
    left_out: Sequence[str] = ()
    if options.target is not None:
        if options.services != "auto":
            raise TargetError(f"--services {options.services} starts servers, and --target none: choose one of the two")
        target = Target.of(options.target, options.token_command, readable(os.environ))
        scenario, left_out = target.fit(scenario, without_faults=options.without_faults)
        target.consent(scenario, yes=options.yes, ask=_ask if sys.stdin.isatty() else None)
    elif options.without_faults:
        raise TargetError("--without-faults is for --target: here every fault can be had")
    with watched() as display:
        rehearsed = rehearse(
            scenario,
            seed=scenario.seed if options.seed is None else options.seed,
            services=options.services,
            stack_path=options.stack,
            out=options.out,
            display=display,
            target=target,
            left_out=left_out,
        )
    print((rehearsed.folder / "verdict.json").read_text("utf-8") if options.json else rehearsed.summary(), end="")
    return rehearsed.verdict.exit_code


def _ask(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline()


def _seed(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; write a whole number from 0 to {2**32 - 1}")
    return value
