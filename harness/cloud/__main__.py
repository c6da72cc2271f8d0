"""`python -m harness.cloud CONFIG.json`: the local cloud as a child process.

Prints one JSON line on stdout when it is ready: {"gateway_url", "admin_url", "pid"}. SIGTERM and SIGINT end it at
once. Exit status 0 after that, 2 for a wrong configuration or an address in use.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import uvloop

from harness.cloud.config import Config, load_config
from harness.cloud.errors import CloudError
from harness.cloud.local_cloud import LocalCloud


async def _run(config: Config) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with LocalCloud(config) as cloud:
        ready = {"gateway_url": cloud.gateway_url, "admin_url": cloud.admin_url, "pid": os.getpid()}
        print(json.dumps(ready), flush=True)
        await stop.wait()


def main(arguments: list[str]) -> int:
    """Runs the cloud of the configuration file in `arguments`; gives the exit status."""
    if len(arguments) != 1:
        print("usage: python -m harness.cloud CONFIG.json", file=sys.stderr)
        return 2
    try:
        uvloop.run(_run(load_config(Path(arguments[0]))))
    except CloudError as error:
        print(f"harness.cloud: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"harness.cloud: cannot start: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
