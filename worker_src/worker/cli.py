"""`python -m worker ROLE`: reads the settings, starts the role, and ends it in order."""

import argparse
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence

from contracts import topology
from worker import logs, migrate, settings
from worker.broker import Needs
from worker.consumer import Consumer, Handler
from worker.crash import CrashPoints
from worker.errors import SettingsError, WorkerError
from worker.health import Health
from worker.metrics import Metrics
from worker.orders import OrdersHandler
from worker.outbox import Relay
from worker.pricing import Pricing
from worker.read_model import ReadModelHandler
from worker.settings import Common
from worker.shutdown import stop_on_signals
from worker.timings import Timings
from worker.web import Route, Server, health_routes

_log = logging.getLogger(__name__)

_OK, _FAILED, _USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a role until it is done or told to stop. Exit codes: 0 done, 1 failed, 2 wrong usage or settings."""
    role: str = _parser().parse_args(arguments).role
    try:
        parsed = settings.parse(role, os.environ)
    except SettingsError as error:
        for line in str(error).splitlines():
            print(f"worker {role}: {line}", file=sys.stderr)
        return _USAGE
    logs.configure(role, parsed.common.log_level)
    stop = threading.Event()
    stop_on_signals(stop, parsed.common.grace_s, _FAILED)
    try:
        _run(parsed, stop)
    except WorkerError as error:
        _log.error(str(error))
        return _FAILED
    except Exception:
        _log.exception("unexpected failure")
        return _FAILED
    _log.info("stopped")
    return _OK


def _parser() -> argparse.ArgumentParser:
    roles = "\n".join(f"  {name:<11} {what}" for name, what in settings.ROLES.items())
    parser = argparse.ArgumentParser(
        prog="worker",
        description="Runs one role of the order service.",
        epilog=f"roles:\n{roles}\n\nsettings come from the environment:\n{_settings_help()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("role", choices=tuple(settings.ROLES), metavar="ROLE", help="one of the roles below")
    return parser


def _settings_help() -> str:
    lines = (settings.__doc__ or "").splitlines()[2:]
    return "\n".join(f"  {line}" for line in lines)


def _run(parsed: settings.Settings, stop: threading.Event) -> None:
    common = parsed.common
    metrics = Metrics(Timings(common.timings_file) if common.timings_file else None)
    crashes = CrashPoints(common.crash_at)
    match parsed:
        case settings.Migrate():
            migrate.run(parsed, stop)
        case settings.Pricing():
            health = Health()
            routes: dict[tuple[str, str], Route] = {("POST", "/v1/price"): Pricing(metrics).answer}
            _serve(common, health, metrics, stop, lambda: _until(stop, health), routes)
        case settings.Orders():
            handler = OrdersHandler(parsed.mysql, metrics, crashes)
            _consume(parsed, topology.ORDER_COMMANDS, handler, metrics, crashes, stop)
        case settings.ReadModel():
            projection = ReadModelHandler(parsed.documents, metrics, crashes)
            _consume(parsed, topology.READ_MODEL, projection, metrics, crashes, stop)
        case settings.Outbox():
            health = Health(("broker", "database"))
            _serve(common, health, metrics, stop, Relay(parsed, health, metrics, crashes, stop).run)


def _consume(
    parsed: settings.Orders | settings.ReadModel,
    queue: str,
    handler: Handler,
    metrics: Metrics,
    crashes: CrashPoints,
    stop: threading.Event,
) -> None:
    health = Health(("broker", "database"))
    retries = tuple(topology.retry_queue(queue, delay_s) for delay_s in topology.RETRY_DELAYS_S)
    consumer = Consumer(
        source=queue,
        broker=parsed.broker,
        batching=parsed.batching,
        handler=handler,
        health=health,
        metrics=metrics,
        crashes=crashes,
        stop=stop,
        needs=Needs((topology.DEAD_LETTERS,), (queue, *retries), queue, parsed.batching.prefetch),
    )
    _serve(parsed.common, health, metrics, stop, consumer.run)


def _serve(
    common: Common,
    health: Health,
    metrics: Metrics,
    stop: threading.Event,
    work: Callable[[], None],
    routes: dict[tuple[str, str], Route] | None = None,
) -> None:
    """Runs `work` with the HTTP server beside it; the server drains before it goes."""
    server = Server(common.host, common.port, {**health_routes(health, metrics), **(routes or {})})
    _log.info("listening", extra={"port": server.port})
    try:
        work()
    finally:
        health.stop()
        server.drain(common.grace_s / 2)


def _until(stop: threading.Event, health: Health) -> None:
    """A service has no loop of its own: it is alive while this thread turns."""
    while not stop.wait(1.0):
        health.beat()
