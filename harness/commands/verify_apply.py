"""`harness verify-apply`: whether AWS has what the description of an environment says."""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from rich.console import Console

from harness.commands import environments, places
from harness.commands.telling import tell
from harness.delivery import working_copy
from harness.emulator.session import session
from harness.inspection import Clients, Drive, Driver, Subject, Unreadable, code_hashes, hidden, read
from harness.scenario.exit import Exit
from harness.stack import load


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Reads routes, integrations, functions with the hashes of their code, event sources, queues, alarms, scaling, "
        "databases, broker and network back from AWS's APIs, and compares them with terraform/stack.ENV.json. ENV "
        "local is also driven: metrics are put, every alarm goes off and is over again, and database_scaler, run by "
        "the local cloud, adds and removes DocumentDB instances in the emulator, which is left as it was."
    )
    parser.epilog = (
        "Exit code: 0 equal, and driven; 1 something differs, or did not happen; 3 AWS or the emulator cannot be "
        "asked, or the packages are missing."
    )
    parser.add_argument("--env", default=environments.LOCAL, help="an environment (default: %(default)s)")
    parser.add_argument("--no-drive", action="store_true", help="only compare; other environments are never driven")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")


def run(options: argparse.Namespace) -> int:
    """Compares, drives, and prints what was found."""
    working_copy.values_file(places.TERRAFORM, options.env)  # says which environments there are
    description = places.description(options.env)
    stack = load(description)
    if options.env != environments.LOCAL:
        environments.own_account(options.env, places.TERRAFORM, stack.region)
    aws = environments.variables(options.env)
    subject = Subject(stack, code_hashes(places.BUILD / "packages" / options.env))
    endpoint = aws.get("AWS_ENDPOINT_URL")
    clients = Clients(session(stack.region) if endpoint else boto3.Session(region_name=stack.region), endpoint)
    drive = Drive()
    try:
        readback = read(subject, clients, hidden(json.loads(description.read_text("utf-8"))), progress=tell)
        if endpoint and not options.no_drive:
            drive = _drive(subject, clients, endpoint)
    except Unreadable:
        environments.variables(options.env)  # says it better where the emulator has ended
        raise
    if options.json:
        print(json.dumps({"readback": readback.as_json(), "drive": drive.as_json()}, indent=2))
    else:
        readback.show(Console())
        if drive.steps:
            drive.show(Console())
    return Exit.FAIL if readback.differences or not drive.holds else Exit.PASS


def _drive(subject: Subject, clients: Clients, endpoint: str) -> Drive:
    with TemporaryDirectory(prefix="drive-") as folder:
        driver = Driver(subject, clients, endpoint_url=endpoint, root=places.ROOT, folder=Path(folder), progress=tell)
        return driver.run()
