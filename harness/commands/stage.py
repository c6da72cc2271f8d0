"""`harness stage`: servers, functions and workers on this machine, for replays and requests of your own."""

import argparse
import json
import sys
import time
from pathlib import Path

from harness.commands import places
from harness.process import Guard, interruptible
from harness.scenario.access import Access
from harness.scenario.display import PlainDisplay
from harness.scenario.stage import prepare
from harness.services import KINDS
from harness.stack import load

_LOOK_S = 0.5


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Starts servers, functions and workers as a replay does and keeps them up until Ctrl-C. Prints what another "
        "shell needs to rehearse them as a deployed stage: TOKEN_COMMAND, the stores' addresses, the URL."
    )
    parser.epilog = (
        "Exit code: 130 ended by Ctrl-C, with all that it had started; 3 it did not come up, or a part of it has ended."
    )
    parser.add_argument("--services", choices=KINDS, default="auto", help="where the servers come from (default: auto)")
    parser.add_argument(
        "--stack", type=Path, default=places.description("local"), help="stack description (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, url and environment, in one line")


def run(options: argparse.Namespace) -> int:
    """Brings it up, prints how to reach it, and watches over it until it is interrupted."""
    stack = load(options.stack)
    display = PlainDisplay(sys.stderr)
    with interruptible(display.interrupted), Guard(progress=display.note) as guard:
        with prepare(
            stack,
            options.stack,
            kind=options.services,
            workers={},
            guard=guard,
            logs=guard.folder / "logs",
            phase=display.phase,
            note=display.note,
        ) as stage:
            access = Access.to(stage, guard.folder / "issuer.pem")
            display.phase(f"up, until Ctrl-C; logs in {guard.folder / 'logs'}")
            print(json.dumps(access.as_json()) if options.json else "\n".join(access.lines()), flush=True)
            while True:
                stage.check()
                time.sleep(_LOOK_S)
