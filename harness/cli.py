"""The command `harness`. Results go to stdout, everything for a watching person to stderr."""

import argparse
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from contracts import topology
from harness.capacity import PriceList, at_rest
from harness.checks import ChecksError
from harness.cloud.errors import CloudError
from harness.delivery import MANIFEST, DeliveryError, build, readme, stack_files, verification, working_copy
from harness.faults.errors import FaultError
from harness.fleet import FleetError
from harness.history import HistoryError
from harness.process import Guard, Interrupted, ProcessError, interruptible, sweep
from harness.redrive import Choice, Listing, RedriveError, redrive
from harness.scenario import parse
from harness.scenario.display import open_display
from harness.scenario.errors import ScenarioError
from harness.scenario.run import DEFAULT_OUT, rehearse
from harness.scenario.verdict import Exit
from harness.services import KINDS, ServiceError, external, install_native
from harness.stack import StackError, load
from harness.traffic import TrafficError

ROOT = Path(__file__).resolve().parents[1]
TERRAFORM = ROOT / "terraform"
STACK = TERRAFORM / "stack.local.json"
BUILD = ROOT / "build"
CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"

_OURS = (
    DeliveryError,
    ScenarioError,
    ServiceError,
    ProcessError,
    StackError,
    TrafficError,
    FleetError,
    CloudError,
    RedriveError,
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
    except BrokenPipeError:
        # Whoever reads our lines, such as `head`, has gone. What is left in the buffer would raise once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAIL
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


class _Parser(argparse.ArgumentParser):
    """Answers wrong usage with 3: argparse's own 2 means here that a run has proved nothing."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(Exit.HARNESS_FAILED, f"{self.prog}: error: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="harness",
        description="Rehearses the order path on this machine and proves its data flow.",
        epilog="Wrong usage of any command exits with 3.",
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    replay = commands.add_parser(
        "replay",
        help="rehearse a scenario",
        description="Starts servers, functions and workers, sends the traffic, injects the faults, and checks.",
        epilog="Exit code: 0 pass, 1 a check or service level failed, 2 unknown (the run proved nothing), "
        "3 the harness failed or was called wrongly, 130 interrupted.",
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

    back = commands.add_parser(
        "redrive",
        help="bring parked messages back to the queues that they came from",
        description="Publishes each parked message to the queue that it came from, and removes the parked copy once "
        "that is confirmed. It looks at as many messages as there were when it began.",
        epilog="Exit code: 0 done, 1 some could not be brought back, 3 a server cannot be reached, 130 interrupted. "
        "What is not brought back stays parked; the command may be repeated.",
    )
    back.add_argument(
        "--broker-url",
        default=os.environ.get(external.BROKER, ""),
        metavar="URL",
        help=f"AMQP address, with an account that may read {topology.DEAD_LETTERS} and publish (default: "
        f"{external.BROKER}, which other users of this machine cannot read)",
    )
    back.add_argument("--sqs-queue-url", metavar="URL", help="also take from this SQS dead-letter queue")
    back.add_argument("--queue", choices=topology.WORK_QUEUES, help="only messages that came from this queue")
    back.add_argument("--message-id", action="append", metavar="ID", help="only this message; may be repeated")
    back.add_argument("--limit", type=_limit, metavar="N", help="bring back N messages at most")
    back.add_argument("--dry-run", action="store_true", help="list the messages and leave all where they are")
    back.add_argument("--json", action="store_true", help="print one JSON object a line instead of columns")
    back.set_defaults(command=_redrive)

    install = commands.add_parser("install", help="install missing server programs (Debian or Ubuntu, as root)")
    install.set_defaults(command=_install)

    stack = commands.add_parser(
        "stack",
        help="write terraform/stack.<env>.json from the Terraform plan",
        description="Plans without AWS, and writes the stack descriptions that replays and simulations run from.",
        epilog="Exit code: 0 written, or up to date; 1 --check found a stale file; 3 the plan failed.",
    )
    stack.add_argument("--env", action="append", help="an environment (default: every one in terraform/envs)")
    stack.add_argument("--check", action="store_true", help="write nothing; show what is stale")
    stack.add_argument("--source", type=Path, default=TERRAFORM, help="Terraform configuration (default: terraform)")
    stack.set_defaults(command=_stack)

    test_terraform = commands.add_parser(
        "test-terraform",
        help="format, validity, policies and tests of the Terraform configuration",
        epilog="Exit code: 0 all holds, 1 something does not, 3 Terraform or its provider cannot be had.",
    )
    test_terraform.add_argument(
        "--filter", action="append", default=[], help="a test file, such as tests/api.tftest.hcl"
    )
    test_terraform.add_argument(
        "--checkov", type=Path, default=CHECKOV, help="its program (default: .venv-checkov/bin/checkov)"
    )
    test_terraform.set_defaults(command=_test_terraform)

    package = commands.add_parser(
        "package",
        help="build the functions' packages",
        description="Builds one zip per function of the stack, the same bytes each time, and a file of their hashes.",
    )
    package.add_argument("--env", default="local", help="builds for terraform/stack.ENV.json (default: %(default)s)")
    package.add_argument("--stack", type=Path, help="another stack description instead")
    package.add_argument(
        "--out", type=Path, default=BUILD / "packages", help="a folder is made in it (default: build/packages)"
    )
    package.set_defaults(command=_package)

    cost = commands.add_parser(
        "cost",
        help="what a stack costs per month without any request",
        description="Lists what is paid by the hour or month at the stack's minimum size, with each price's source.",
    )
    cost.add_argument("--env", default="prod", help="terraform/stack.ENV.json (default: %(default)s)")
    cost.add_argument("--json", action="store_true", help="one JSON object, with every price's source and date")
    cost.set_defaults(command=_cost)

    docs = commands.add_parser("docs", help="renew the tables in the README files of the Terraform configuration")
    docs.set_defaults(command=_docs)

    clean = commands.add_parser("clean", help="end and remove what dead runs have left, and remove results")
    clean.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder of results (default: out)")
    clean.set_defaults(command=_clean)

    # Also after the subcommand, where people write it; absent there, it keeps what stood before.
    for command in (replay, scenarios, back, install, stack, test_terraform, package, cost, docs, clean):
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


def _limit(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of messages; write a whole number from 1 on")
    return int(text)


def _replay(options: argparse.Namespace) -> int:
    scenario = parse.read(parse.find(options.scenario), load(options.stack).event_sources)
    display = open_display()
    try:
        with interruptible(display.interrupted):
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


def _redrive(options: argparse.Namespace) -> int:
    listing = Listing(sys.stdout, _tell, as_json=options.json)
    choice = Choice(options.queue, options.message_id and frozenset(options.message_id), options.limit)
    try:
        redrive(options.broker_url, options.sqs_queue_url, choice, listing, dry_run=options.dry_run)
    except Interrupted:
        _tell(f"{listing.summary()}; interrupted, the rest stays parked")
        return Exit.INTERRUPTED
    except RedriveError:
        if listing.begun:
            _tell(listing.summary())
        raise
    _tell(listing.summary())
    return Exit.PASS if listing.complete else Exit.FAIL


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _install(options: argparse.Namespace) -> int:
    with Guard(progress=_tell) as guard:
        install_native(guard=guard, folder=guard.folder, progress=_tell)
    return Exit.PASS


def _stack(options: argparse.Namespace) -> int:
    source = options.source.resolve()
    stale = False
    for environment in options.env or working_copy.environments(source):
        file = stack_files.plan(source, environment, BUILD / "terraform", progress=_tell)
        if not file.stale:
            print(f"{file.path.name}: up to date")
        elif options.check:
            stale = True
            print(f"{file.path.name}: stale; `make stack` writes it anew\n{file.difference()}")
        else:
            difference = file.difference()
            file.write()
            print(f"{file.path.name}: written\n{difference}")
    return Exit.FAIL if stale else Exit.PASS


def _test_terraform(options: argparse.Namespace) -> int:
    folder = BUILD / "terraform" / "test"
    failed = verification.verify(TERRAFORM, folder, options.checkov, filters=options.filter, progress=_tell)
    _tell(f"failed: {', '.join(failed)}" if failed else "all holds")
    return Exit.FAIL if failed else Exit.PASS


def _package(options: argparse.Namespace) -> int:
    stack = load(options.stack or _description(options.env))
    folder = options.out / stack.environment
    for each in build(stack.functions, root=ROOT, folder=folder, progress=_tell):
        print(f"{each.function:<16} {each.zipped_bytes:>10,} bytes  sha256 {each.sha256}")
    _tell(f"written with their hashes to {folder / MANIFEST}")
    return Exit.PASS


def _cost(options: argparse.Namespace) -> int:
    found = at_rest(load(_description(options.env)), PriceList.load())
    print(json.dumps(found.as_json(), indent=2) if options.json else found.table())
    return Exit.PASS


def _docs(options: argparse.Namespace) -> int:
    for folder in (TERRAFORM, *sorted(TERRAFORM.glob("modules/*/"))):
        if readme.write(folder):
            _tell(f"{folder.relative_to(ROOT)}/README.md: renewed")
    return Exit.PASS


def _description(environment: str) -> Path:
    """The committed description of `environment`; DeliveryError where there is none."""
    working_copy.values_file(TERRAFORM, environment)
    return TERRAFORM / f"stack.{environment}.json"


def _clean(options: argparse.Namespace) -> int:
    for line in sweep():
        print(line, file=sys.stderr)
    shutil.rmtree(options.out, ignore_errors=True)
    return Exit.PASS


if __name__ == "__main__":
    sys.exit(main())
