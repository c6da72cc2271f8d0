"""SQS from ministack, a local emulator of AWS services, as a native process with nothing but SQS on."""

import importlib.metadata
import sys
from functools import partial

from harness.process import LOOPBACK
from harness.services import handshakes
from harness.services.endpoints import Sqs
from harness.services.launcher import Launcher, clean_environment


def start(launcher: Launcher) -> tuple[Sqs, str]:
    """Starts it on the loopback address; returns its endpoint and version."""
    folder = launcher.folder / "sqs"
    folder.mkdir()
    port = launcher.ports.hold()
    child = launcher.start(
        "sqs",
        [sys.executable, "-m", "ministack"],
        env={
            **clean_environment(home=folder, without=("MINISTACK", "LOCALSTACK", "AWS_", "DOCKER")),
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": LOOPBACK,  # stands in the queue URLs
            "SERVICES": "sqs",
            "LOG_LEVEL": "WARNING",
            # Its other listeners are on unless told: MQTT on 8883, SFTP on 2222.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            # At its start and end it stops containers that carry its label; no engine at this address, no such thing.
            "DOCKER_HOST": f"unix://{folder / 'no-docker'}",
        },
        cwd=folder,
    )
    server = Sqs(f"http://{LOOPBACK}:{port}")
    launcher.wait(partial(handshakes.sqs, server), "ministack lists the SQS queues", child)
    return server, importlib.metadata.version("ministack")
