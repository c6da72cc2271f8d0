"""The command `harness`. Results go to stdout, everything for a watching person to stderr."""

import argparse
import os
import re
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from harness.commands import COMMANDS
from harness.process import Interrupted, expendable, interruptible
from harness.scenario.exit import Exit

# Where a room declares what it raises for a person.
_ERRORS = re.compile(r"harness\.\w+\.errors")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns its exit code."""
    # Loading a command's libraries takes seconds, and nothing has been started yet.
    with expendable(Exit.INTERRUPTED, "harness: interrupted"):
        options = _parser().parse_args(arguments)
        try:
            with interruptible():
                code: int = options.run(options)
                return code
        except BrokenPipeError:
            # Whoever reads our lines, such as `head`, has gone. What is left in the buffer would raise once more at
            # exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return Exit.FAIL
        except Interrupted as error:
            state = getattr(error, "__notes__", ["everything that was started has been stopped"])[0]
            print(f"harness: interrupted; {state}", file=sys.stderr)
            return Exit.INTERRUPTED
        except Exception as error:
            return _failed(error, debug=options.debug)


def _failed(error: Exception, *, debug: bool) -> Exit:
    """Tells of an error that ends a command."""
    if debug:
        traceback.print_exc()
    if any(_ERRORS.fullmatch(kind.__module__) for kind in type(error).__mro__):
        print(f"harness: {error}", file=sys.stderr)
    else:
        hint = "" if debug else "; --debug shows where"
        print(f"harness: this is a defect of the harness: {type(error).__name__}: {error}{hint}", file=sys.stderr)
    return Exit.HARNESS_FAILED


class _Parser(argparse.ArgumentParser):
    """Answers wrong usage with 3: argparse's own 2 means here that a run has proved nothing."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(Exit.HARNESS_FAILED, f"{self.prog}: error: {message}\n")


class _Command(_Parser):
    """A subcommand, whose module is loaded when it is called."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self.get_default("run") is None:
            module = import_module(f"harness.commands.{self.prog.split()[-1].replace('-', '_')}")
            module.add(self)
            # Also after the subcommand, where people write it; absent there, it keeps what stood before.
            self.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
            self.set_defaults(run=module.run)
        return super().parse_known_args(args, namespace)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="harness",
        description="Rehearses the order path on this machine and proves its data flow.",
        epilog="Wrong usage of any command exits with 3.",
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Command)
    for name, line in COMMANDS.items():
        commands.add_parser(name, help=line)
    return parser


if __name__ == "__main__":
    sys.exit(main())
