"""A RabbitMQ node of its own, as native processes: epmd in the foreground, and the node."""

import shutil
from functools import partial
from pathlib import Path

from harness.process import LOOPBACK, Child
from harness.services import handshakes
from harness.services.accounts import random_account
from harness.services.endpoints import Broker
from harness.services.launcher import Launcher, clean_environment

PACKAGE = "rabbitmq-server"

# Debian's /usr/sbin/rabbitmq-server is a wrapper that changes to the user rabbitmq, who may not write our folder.
_SCRIPTS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")

# How often a quorum queue publishes its figures (default 5 s): a run has come to rest only when these say so too.
TICK_S = 0.5
TICK_ARGUMENTS = f"-rabbit quorum_tick_interval {round(TICK_S * 1000)}"

# No busy waiting of Erlang's schedulers: on a small machine it takes the processor from everyone else.
_ERLANG = "+sbwt none +sbwtdcpu none +sbwtdio none -start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"


def find() -> tuple[Path, Path] | None:
    """The server's script and epmd; None where RabbitMQ is not installed."""
    script = next((found for name in _SCRIPTS if (found := shutil.which(name))), None)
    epmd = shutil.which("epmd")
    return (Path(script), Path(epmd)) if script and epmd else None


def start(launcher: Launcher, programs: tuple[Path, Path]) -> tuple[Broker, str]:
    """Starts a node with the management plugin, both on the loopback address; returns its address and version."""
    script, epmd = programs
    folder = launcher.folder / "rabbitmq"
    folder.mkdir()
    port, management, distribution, names = (launcher.ports.hold() for _ in range(4))
    admin = random_account()
    configuration = folder / "rabbitmq.conf"
    configuration.write_text(
        "\n".join(
            (
                f"listeners.tcp.1 = {LOOPBACK}:{port}",
                f"management.tcp.ip = {LOOPBACK}",
                f"management.tcp.port = {management}",
                f"default_user = {admin.username}",
                f"default_pass = {admin.password}",
                "log.console = true",
                "log.console.level = info",
                "log.file = false",
                # The queue figures that the management API gives are this old at most.
                "collect_statistics_interval = 1000",
            )
        )
        + "\n",
        encoding="utf-8",
    )
    (folder / "enabled_plugins").write_text("[rabbitmq_management].\n", encoding="utf-8")
    environment = {
        **clean_environment(home=folder, without=("RABBITMQ_", "ERL_", "CONF_ENV_FILE")),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(names),
        "RABBITMQ_NODENAME": "harness@localhost",
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(configuration),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_ERLANG} {TICK_ARGUMENTS}",
    }
    launcher.start("epmd", [epmd, "-address", LOOPBACK, "-port", str(names)], env=environment, cwd=folder)
    node = launcher.start("rabbitmq", [script], env=environment, cwd=folder)
    return ready(launcher, Broker(LOOPBACK, port, f"http://{LOOPBACK}:{management}", "/", admin, tick_s=TICK_S), node)


def ready(launcher: Launcher, broker: Broker, node: Child) -> tuple[Broker, str]:
    """Waits until the node serves AMQP and its management API."""
    version = launcher.wait(partial(handshakes.broker, broker), "RabbitMQ opens an AMQP connection", node)
    launcher.wait(partial(handshakes.management, broker), "RabbitMQ's management API answers", node)
    return broker, version
