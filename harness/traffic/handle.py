"""The traffic process, as the harness sees it."""

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.process import PIPE, Child, Guard
from harness.traffic.errors import TrafficFailed
from harness.traffic.plan import Plan
from harness.traffic.progress import Progress
from harness.traffic.settings import Settings, Tokens, check_tokens

_ROOT = Path(__file__).resolve().parents[2]
_START_LIMIT_S = 60.0


class Traffic:
    """Traffic on its way. `start_ns` is the moment (CLOCK_MONOTONIC) from which the plan's times count."""

    def __init__(self, child: Child, settings: Settings, path: Path) -> None:
        self._child, self._settings, self._path = child, settings, path
        self._latest = Progress()
        self._news: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
        self._started = threading.Event()
        self._heard = threading.Event()
        self._finished = False
        self.start_ns = 0
        threading.Thread(target=self._listen, name="traffic", daemon=True).start()

    @classmethod
    def start(
        cls, guard: Guard, plan: Plan, *, target: str, tokens: Mapping[str, Tokens], history: Path, folder: Path
    ) -> "Traffic":
        """Starts to send `plan` to the API at `target`; returns once the first arrival is a moment away.

        `tokens` are by user id, for every person of the plan. The plan, the settings and the log are written to
        `folder`. PlanError where a token is missing, TrafficFailed where the process does not come up.
        """
        expired = plan.spec.mix.get("expired_token", 0) > 0
        check_tokens({person.user_id: expired for person in plan.people}, tokens)
        folder.mkdir(parents=True, exist_ok=True)
        plan_path, settings_path = folder / "plan.json", folder / "traffic.json"
        plan.write(plan_path)
        settings = Settings(target, plan_path, history, tokens)
        settings.write(settings_path)
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        child = guard.start(
            "traffic",
            [sys.executable, "-m", "harness.traffic", settings_path],
            env={**os.environ, "PYTHONPATH": path},
            cwd=_ROOT,
            log=folder / "traffic.log",
            stdout=PIPE,
        )
        traffic = cls(child, settings, settings_path)
        deadline = time.monotonic() + _START_LIMIT_S
        while not traffic._started.wait(0.05):
            if not child.alive() or time.monotonic() > deadline:
                state = f"{child.describe()}\n{child.tail()}"
                child.stop(grace_s=0)
                raise TrafficFailed(f"the traffic process did not come up: {state}")
        return traffic

    def renew(self, tokens: Mapping[str, Tokens]) -> None:
        """Lets what is sent from now on have these tokens; retries keep their first one."""
        replace(self._settings, tokens=tokens).write(self._path)
        self._child.signal(signal.SIGUSR1)

    def latest(self) -> Progress:
        """The newest progress; never waits."""
        return self._latest

    def progress(self) -> Iterator[Progress]:
        """Each progress as it comes, twice a second, until the traffic is over.

        TrafficFailed where its process ends before.
        """
        while (news := self._news.get()) is not None:
            yield news
        self._news.put(None)
        self._check()

    def done(self) -> bool:
        """Whether the traffic is over. TrafficFailed where its process has ended before."""
        if self._child.alive():
            return False
        self._check()
        return True

    def wait(self, timeout_s: float | None = None) -> Progress | None:
        """Waits for the end and returns the last progress; None where the time ran out. TrafficFailed as above."""
        if self._child.wait(timeout_s) is None:
            return None
        self._check()
        return self._latest

    def stop(self, grace_s: float = 5.0) -> None:
        """Ends it early: nothing more is sent, and what is unanswered after a second stays indeterminate."""
        self._child.stop(grace_s)

    def _check(self) -> None:
        code = self._child.wait(_START_LIMIT_S)
        self._heard.wait(_START_LIMIT_S)
        if code != 0 or not self._finished:
            state = f"{self._child.describe()}\n{self._child.tail()}"
            raise TrafficFailed(f"the traffic process ended before its traffic: {state}")

    def _listen(self) -> None:
        assert self._child.stdout is not None
        # A closed pipe: the process was stopped, and what it may still have said is of no interest.
        with contextlib.suppress(OSError, ValueError):
            for line in self._child.stdout:
                self._take(json.loads(line))
        self._heard.set()
        self._news.put(None)

    def _take(self, message: dict[str, Any]) -> None:
        if "started" in message:
            self.start_ns = message["started"]
            self._started.set()
            return
        self._finished = "finished" in message
        self._latest = Progress(**(message["finished"] if self._finished else message["progress"]))
        self._news.put(self._latest)
