"""`harness redrive`: parked messages, listed or brought back."""

import argparse
import os
import sys

from contracts import topology
from harness.commands.telling import tell
from harness.process import Interrupted
from harness.redrive import Choice, Listing, RedriveError, redrive
from harness.scenario.exit import Exit
from harness.services import external


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Publishes each parked message to the queue that it came from, and removes the parked copy once "
        "that is confirmed. It looks at as many messages as there were when it began."
    )
    parser.epilog = (
        "Exit code: 0 done, 1 some could not be brought back, 3 a server cannot be reached, 130 interrupted. "
        "What is not brought back stays parked; the command may be repeated."
    )
    parser.add_argument(
        "--broker-url",
        default=os.environ.get(external.BROKER, ""),
        metavar="URL",
        help=f"AMQP address, with an account that may read {topology.DEAD_LETTERS} and publish (default: "
        f"{external.BROKER}, which other users of this machine cannot read)",
    )
    parser.add_argument("--sqs-queue-url", metavar="URL", help="also take from this SQS dead-letter queue")
    parser.add_argument("--queue", choices=topology.WORK_QUEUES, help="only messages that came from this queue")
    parser.add_argument("--message-id", action="append", metavar="ID", help="only this message; may be repeated")
    parser.add_argument("--limit", type=_limit, metavar="N", help="bring back N messages at most")
    parser.add_argument("--dry-run", action="store_true", help="list the messages and leave all where they are")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line instead of columns")


def run(options: argparse.Namespace) -> int:
    """Lists or brings back; 1 where some cannot be brought back."""
    listing = Listing(sys.stdout, tell, as_json=options.json)
    choice = Choice(options.queue, options.message_id and frozenset(options.message_id), options.limit)
    try:
        redrive(options.broker_url, options.sqs_queue_url, choice, listing, dry_run=options.dry_run)
    except Interrupted:
        tell(f"{listing.summary()}; interrupted, the rest stays parked")
        return Exit.INTERRUPTED
    except RedriveError:
        if listing.begun:
            tell(listing.summary())
        raise
    tell(listing.summary())
    return Exit.PASS if listing.complete else Exit.FAIL


def _limit(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of messages; write a whole number from 1 on")
    return int(text)
