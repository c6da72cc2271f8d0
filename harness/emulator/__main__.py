"""`python -m harness.emulator RECORD REGION`: the emulator's process. SIGTERM ends it and all it started."""

import logging
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from harness.emulator import backends, lifetime
from harness.emulator.front import Front, Server
from harness.emulator.gaps import gaps
from harness.emulator.upstream import Upstream
from harness.process import LOOPBACK, Guard, Interrupted, Ports, ProcessError, interruptible
from harness.process.proc import identify, machine
from harness.services.errors import ServiceError


def main(record: Path, region: str) -> None:
    """Starts emulators and front, writes `record`, and serves until it is told to end."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    with suppress(Interrupted), interruptible(), Ports() as ports, Guard(progress=logging.info) as guard:
        addresses = backends.start(guard, ports, guard.folder, region)
        with Server(Front(Upstream(addresses), gaps()), 0) as server:
            threading.Thread(target=server.serve_forever, name="front", daemon=True).start()
            process = identify(os.getpid())
            assert process is not None
            url = f"http://{LOOPBACK}:{server.server_address[1]}"
            lifetime.write(record, lifetime.Emulator(url, region, process, machine()[0]))
            logging.info("answers at %s", url)
            threading.Event().wait()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2])
    except (ServiceError, ProcessError) as error:
        sys.exit(str(error))  # the last lines of the log, which whoever starts this shows
