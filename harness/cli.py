"""The command `harness`. Results go to stdout, everything for a watching person to stderr."""

import argparse
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.checks import ChecksError
from harness.cloud.errors import CloudError
from harness.faults.errors import FaultError
from harness.fleet import FleetError
from harness.history import HistoryError
from harness.process import Guard, Interrupted, ProcessError, interruptible, sweep
from harness.scenario import parse
from harness.scenario.display import open_display
from harness.scenario.errors import ScenarioError
from harness.scenario.run import DEFAULT_OUT, rehearse
from harness.scenario.verdict import Exit
from harness.services import KINDS, ServiceError, install_native
from harness.stack import StackError, load
from harness.traffic import TrafficError

ROOT = Path(__file__).resolve().parents[1]
STACK = ROOT / "terraform" / "stack.local.json"

_OURS = (
    ScenarioError,
    ServiceError,
    ProcessError,
    StackError,
    TrafficError,
    FleetError,
    CloudError,
    FaultError,
    HistoryError,
    ChecksError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns its exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        with interruptible():
            return command(options)
    except Interrupted:
        print("harness: interrupted; everything that was started has been stopped", file=sys.stderr)
        return Exit.INTERRUPTED
    except _OURS as error:
        if options.debug:
            traceback.print_exc()
        print(f"harness: {error}", file=sys.stderr)
        return Exit.HARNESS_FAILED
    except Exception as error:
        if options.debug:
            traceback.print_exc()
        hint = "" if options.debug else "; --debug shows where"
        print(f"harness: this is a defect of the harness: {type(error).__name__}: {error}{hint}", file=sys.stderr)
        return Exit.HARNESS_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="harness", description="Rehearses the order path on this machine and proves its data flow."
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    replay = commands.add_parser(
        "replay",
        help="rehearse a scenario",
        description="Starts servers, functions and workers, sends the traffic, injects the faults, and checks.",
        epilog="Exit code: 0 pass, 1 a check or service level failed, 2 unknown (the run proved nothing), "
        "3 the harness failed, 130 interrupted.",
    )
    replay.add_argument("scenario", nargs="?", default="smoke", help="a name (see `harness scenarios`) or a file")
    replay.add_argument("--services", choices=KINDS, default="auto", help="where the servers come from (default: auto)")
    replay.add_argument("--seed", type=_seed, help="decides people, arrivals and fault times (default: the scenario's)")
    replay.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder for results (default: out)")
    replay.add_argument("--stack", type=Path, default=STACK, help="stack description (default: %(default)s)")
    replay.add_argument("--json", action="store_true", help="print verdict.json instead of a summary")
    replay.set_defaults(command=_replay)

    scenarios = commands.add_parser("scenarios", help="list the scenarios")
    scenarios.set_defaults(command=_scenarios)

    install = commands.add_parser("install", help="install missing server programs (Debian or Ubuntu, as root)")
    install.set_defaults(command=_install)

    clean = commands.add_parser("clean", help="end and remove what dead runs have left, and remove results")
    clean.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder of results (default: out)")
    clean.set_defaults(command=_clean)

    # Also after the subcommand, where people write it; absent there, it keeps what stood before.
    for command in (replay, scenarios, install, clean):
        command.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _seed(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; write a whole number from 0 to {2**32 - 1}")
    return value


def _replay(options: argparse.Namespace) -> int:
    scenario = parse.read(parse.find(options.scenario), load(options.stack).event_sources)
    display = open_display()
    try:
        run = rehearse(
            scenario,
            seed=scenario.seed if options.seed is None else options.seed,
            services=options.services,
            stack_path=options.stack,
            out=options.out,
            display=display,
        )
    finally:
        display.close()
    print((run.folder / "verdict.json").read_text("utf-8") if options.json else run.summary(), end="")
    return run.verdict.exit_code


def _scenarios(options: argparse.Namespace) -> int:
    for name in parse.names():
        print(f"{name}\t{parse.read(parse.find(name)).description}")
    return Exit.PASS


def _install(options: argparse.Namespace) -> int:
    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with Guard(progress=tell) as guard:
        install_native(guard=guard, folder=guard.folder, progress=tell)
    return Exit.PASS


def _clean(options: argparse.Namespace) -> int:
    for line in sweep():
        print(line, file=sys.stderr)
    shutil.rmtree(options.out, ignore_errors=True)
    return Exit.PASS


if __name__ == "__main__":
    sys.exit(main())
