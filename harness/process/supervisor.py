"""The guard process: the parent of everything a run starts, and the end of it.

Run by `Guard` as `python -S -m harness.process.supervisor`, standard library only. As the subreaper of its descendants
(prctl(2), PR_SET_CHILD_SUBREAPER) it inherits every orphan, so that no fork and no setsid leads out of its tree. When
its harness ends, in whatever way, it ends the tree, removes the run's traces, and ends itself.

Messages are JSON on a SOCK_SEQPACKET socket, one per packet, descriptors beside them (SCM_RIGHTS):
    harness → guard  {"do": "start", "id", "argv", "env", "cwd"} + stdin, stdout, stderr   {"do": "end"}
    guard → harness  {"started": id, "pid"} + pidfd   {"failed": id, "error"}   {"exited": id, "code"}
                     {"problems": [...]} at the very end
"""

import contextlib
import ctypes
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from pathlib import Path

from harness.process.ending import end
from harness.process.proc import RUN_VARIABLE, Identity, alive, descendants
from harness.process.registry import read, remove_traces

MESSAGE_BYTES = 1 << 18
"""Longest message; more than any sane environment has."""

_PR_SET_CHILD_SUBREAPER = 36
_GRACE_S = 2.0


class Supervisor:
    """The guard's loop: starts children at the harness's word and tells of their ends."""

    def __init__(self, control: socket.socket, record: Path, run: str, harness: Identity) -> None:
        self._control = control
        self._record = record
        self._run = run
        self._harness = harness
        self._ids: dict[int, int] = {}
        self._ending = False
        self._wake, waker = socket.socketpair()
        self._wake.setblocking(False)
        waker.setblocking(False)
        self._waker = waker
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        # Handlers, not SIG_IGN: an ignored signal would stay ignored in the children.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGTERM, self._terminated)

    def _terminated(self, *_: object) -> None:
        self._ending = True

    def serve(self) -> None:
        """Serves until the harness says so, ends, or this process gets SIGTERM; then ends and removes everything."""
        selector = selectors.DefaultSelector()
        selector.register(self._control, selectors.EVENT_READ, self._take)
        selector.register(self._wake, selectors.EVENT_READ, self._woken)
        # The socket alone would not do: a process that the harness has forked would hold it open.
        with contextlib.suppress(OSError):
            selector.register(os.pidfd_open(self._harness.pid), selectors.EVENT_READ, self._stop)
        self._ending = self._ending or not alive(self._harness)
        while not self._ending:
            for key, _ in selector.select():
                key.data()
        survivors = end(self._find, grace_s=_GRACE_S)
        with contextlib.suppress(FileNotFoundError):  # a sweep was faster
            self._tell({"problems": remove_traces(read(self._record), self._record, survivors)})

    def _stop(self) -> None:
        self._ending = True

    def _woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake.recv(4096)
        self._reap()

    def _find(self) -> list[Identity]:
        self._reap()
        return descendants(os.getpid())

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                pid, status = ended
                child = self._ids.pop(pid, None)
                if child is not None:
                    self._tell({"exited": child, "code": os.waitstatus_to_exitcode(status)})

    def _take(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 3)
        except ConnectionError:
            data, descriptors = b"", []
        if not data:
            self._ending = True
            return
        message = json.loads(data)
        if message["do"] == "end":
            self._ending = True
            return
        try:
            self._start(message, descriptors)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _start(self, message: dict[str, object], descriptors: list[int]) -> None:
        child = message["id"]
        stdin, stdout, stderr = descriptors
        try:
            process = subprocess.Popen(
                message["argv"],  # type: ignore[call-overload]
                cwd=message["cwd"],
                env={**message["env"], RUN_VARIABLE: self._run},  # type: ignore[dict-item]
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        except OSError as error:
            self._tell({"failed": child, "error": f"{error.filename or message['argv']}: {error.strerror}"})
            return
        process.returncode = 0  # reaped by this class: Popen must never wait for the pid itself
        self._ids[process.pid] = child  # type: ignore[assignment]
        # Not reaped before this returns, hence still the same process, even if it has ended already.
        handle = os.pidfd_open(process.pid)
        try:
            self._tell({"started": child, "pid": process.pid}, [handle])
        finally:
            os.close(handle)

    def _tell(self, message: dict[str, object], descriptors: list[int] | None = None) -> None:
        with contextlib.suppress(OSError):  # a harness that is gone is noticed by the loop
            socket.send_fds(self._control, [json.dumps(message).encode()], descriptors or [])


def main() -> None:
    """Entry point; the one argument is JSON: control (descriptor), record (path), run, harness (pid and start time)."""
    settings = json.loads(sys.argv[1])
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    control = socket.socket(fileno=settings["control"])
    Supervisor(control, Path(settings["record"]), settings["run"], Identity(**settings["harness"])).serve()


if __name__ == "__main__":
    main()
