"""The traffic process: `python -m harness.traffic SETTINGS.json`, see harness.traffic.settings.

Tells its progress as JSON lines on stdout: {"started": ns of CLOCK_MONOTONIC}, progress each half second, and at last
{"finished": …}. Exits with 0 when every arrival was sent, or after SIGTERM, and with 2 when its files are wrong. After
SIGUSR1 it takes the tokens from its settings anew. Problems go to stderr.
"""

import gc
import json
import os
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from harness.history import HistoryError, Writer
from harness.traffic import plan as plans
from harness.traffic import settings as run_settings
from harness.traffic.errors import TrafficError
from harness.traffic.plan import Plan
from harness.traffic.sender import Sender
from harness.traffic.settings import Settings


def main(argv: list[str]) -> int:
    """Runs the plan; returns the exit code."""
    if len(argv) != 1:
        print("usage: python -m harness.traffic SETTINGS.json", file=sys.stderr)
        return 2
    try:
        settings = run_settings.load(Path(argv[0]))
        plan = plans.load(settings.plan)
        expired = {plan.people[arrival.user].user_id for arrival in plan.arrivals if arrival.action == "expired_token"}
        users = {plan.people[arrival.user].user_id for arrival in plan.arrivals}
        run_settings.check_tokens({user: user in expired for user in sorted(users)}, settings.tokens)
        with Writer(settings.history) as writer:
            _run(plan, settings, Path(argv[0]), writer)
    except (TrafficError, HistoryError) as error:
        print(f"harness.traffic: {error}", file=sys.stderr)
        return 2
    return 0


def _run(plan: Plan, settings: Settings, path: Path, writer: Writer) -> None:
    # Here, since Locust takes more than a second to load and patches the standard library.
    import gevent

    from harness.traffic.client import Client
    from harness.traffic.dispatcher import Dispatcher

    # Every operation in flight may have a connection of its own.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    tokens = dict(settings.tokens)
    sender = Sender(
        Client(settings.target, plan.spec.request_timeout_s),
        writer,
        plan.people,
        tokens,
        seed=plan.seed,
        retries=plan.spec.retries,
        sleep=gevent.sleep,
    )
    os.set_blocking(sys.stdout.fileno(), False)
    dispatcher = Dispatcher(plan, sender, lambda progress: _tell({"progress": asdict(progress)}))
    gevent.signal_handler(signal.SIGTERM, dispatcher.stop)
    gevent.signal_handler(signal.SIGUSR1, lambda: tokens.update(run_settings.load(path).tokens))
    # The plan stays to the end: walking over it again and again would only stop the clock.
    gc.collect()
    gc.freeze()

    def started(start_ns: int) -> None:
        arrivals = len(plan.arrivals)
        writer.write("meta", part="traffic", start=start_ns, seed=plan.seed, target=settings.target, arrivals=arrivals)
        _tell({"started": start_ns})

    last = dispatcher.run(started)
    writer.write("summary", part="traffic", saturated=last.saturated, **asdict(last))
    _tell({"finished": asdict(last)})


def _tell(message: dict[str, object]) -> None:
    """Writes a line to stdout; a reader who is away or slow must not stop the traffic."""
    line = json.dumps(message, separators=(",", ":")) + "\n"
    try:
        os.write(sys.stdout.fileno(), line.encode())
    except OSError:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
