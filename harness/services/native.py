"""The servers as native processes in a private folder, on private ports of the loopback address."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from harness.process import Guard, Ports
from harness.services import documents, emulator, mysql, packages, rabbitmq
from harness.services.endpoints import Endpoints
from harness.services.errors import ProgramMissing
from harness.services.launcher import Launcher


def missing() -> list[str]:
    """The packages of the server programs that are not installed."""
    return [module.PACKAGE for module in (rabbitmq, mysql) if module.find() is None]


def install(*, guard: Guard, folder: Path, progress: Callable[[str], None]) -> None:
    """Installs the server programs that are missing; does nothing where there are none."""
    if wanted := missing():
        packages.install(wanted, guard=guard, folder=folder, progress=progress)


@contextmanager
def native(*, guard: Guard, folder: Path, progress: Callable[[str], None]) -> Iterator[Endpoints]:
    """Starts all four side by side and ends them on leaving. Missing programs are installed first, where possible."""
    install(guard=guard, folder=folder, progress=progress)
    broker_programs, mysql_program = rabbitmq.find(), mysql.find()
    if broker_programs is None or mysql_program is None:
        raise ProgramMissing(f"installed, but not found on the PATH: {', '.join(missing())}")
    mongod = documents.find()
    with Ports() as ports:
        launcher = Launcher(guard, folder, ports)
        try:
            started = launcher.side_by_side(
                partial(rabbitmq.start, launcher, broker_programs),
                partial(mysql.start, launcher, mysql_program),
                partial(documents.start, launcher, mongod),
                partial(emulator.start, launcher),
            )
            (broker, broker_version), (sql, sql_version), (mongo, product, mongo_version), (queue, sqs_version) = (
                started
            )
            yield Endpoints(
                broker=broker,
                mysql=sql,
                documents=mongo,
                sqs=queue,
                kind="native",
                versions={
                    "RabbitMQ": broker_version,
                    "MariaDB" if mysql_program.is_mariadb else "MySQL": sql_version,
                    product: mongo_version,
                    "ministack": sqs_version,
                },
            )
        finally:
            launcher.stop()
