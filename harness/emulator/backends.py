"""The emulators behind the front, as child processes: ministack and moto, on the loopback address alone."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from harness.emulator import routes
from harness.process import LOOPBACK, Guard, Ports
from harness.services.launcher import Launcher, clean_environment

ACCOUNT = "000000000000"
_DIRECT = build_opener(ProxyHandler({}))  # no proxy leads to this machine's loopback address


def start(guard: Guard, ports: Ports, folder: Path, region: str) -> Mapping[str, str]:
    """Starts them side by side below `folder`; returns their URLs by name once they answer.

    Raises ServerFailed with state and last log lines where one does not come up.
    """
    launcher = Launcher(guard, folder, ports)
    ministack, moto = ports.hold(), ports.hold()
    homes = {name: folder / name for name in (routes.MINISTACK, routes.MOTO)}
    for home in homes.values():
        home.mkdir()
    environment = clean_environment(home=folder, without=("MINISTACK", "LOCALSTACK", "MOTO", "AWS_", "DOCKER"))
    nowhere = f"unix://{folder / 'no-docker'}"  # no engine at this address, so no containers
    children = {
        routes.MINISTACK: launcher.start(
            routes.MINISTACK,
            [sys.executable, "-m", "ministack"],
            env={
                **environment,
                "BIND_HOST": LOOPBACK,
                "GATEWAY_PORT": str(ministack),
                "MINISTACK_HOST": LOOPBACK,
                "MINISTACK_REGION": region,
                "MINISTACK_ACCOUNT_ID": ACCOUNT,
                "LOG_LEVEL": "WARNING",
                "TMPDIR": str(homes[routes.MINISTACK]),
                # Its other listeners are on unless told: MQTT on 8883, SFTP on 2222.
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                "DOCKER_HOST": nowhere,
            },
            cwd=homes[routes.MINISTACK],
        ),
        routes.MOTO: launcher.start(
            routes.MOTO,
            [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(moto)],
            env={**environment, "MOTO_ACCOUNT_ID": ACCOUNT, "DOCKER_HOST": nowhere},
            cwd=homes[routes.MOTO],
        ),
    }
    addresses = {routes.MINISTACK: f"http://{LOOPBACK}:{ministack}", routes.MOTO: f"http://{LOOPBACK}:{moto}"}
    health = {routes.MINISTACK: "/_ministack/health", routes.MOTO: "/moto-api/data.json"}
    for name, child in children.items():
        launcher.wait(partial(_answers, addresses[name] + health[name]), f"{name} answers", child)
    return addresses


def _answers(url: str) -> bool | None:
    try:
        with _DIRECT.open(url, timeout=2) as answer:
            return answer.status == 200 or None
    except OSError:
        return None
