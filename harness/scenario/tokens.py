"""Tokens of a deployed stage's users, from a command that its owner names."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import jwt

from harness.scenario.errors import TargetError

VARIABLE = "TOKEN_COMMAND"
USER = "TOKEN_USER"
_LIMIT_S = 60.0
_SPARE_S = 30.0
_AT_ONCE = 4


class TokenCommand:
    """Asks a shell command for each user's token: it finds the user id in TOKEN_USER and prints a JWT whose `sub` that
    is. A token is asked for once, and again only when it is about to expire.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self._known: dict[str, tuple[str, float]] = {}
        self._running: set[subprocess.Popen[str]] = set()
        self._over = False
        self._lock = threading.Lock()

    def for_all(self, users: Iterable[str], lasting_s: float) -> Mapping[str, str]:
        """A token of each user, which must be valid for more than `lasting_s` seconds from now. TargetError for the
        first that is of no use.
        """
        until_s = time.time() + lasting_s
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="tokens")
        try:
            asked = tuple(users)
            return dict(zip(asked, pool.map(lambda user: self._lasting(user, until_s), asked), strict=True))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            self._end()
            raise
        finally:
            pool.shutdown()

    def expiring(self, lasting_s: float) -> bool:
        """Whether any of the tokens is no longer valid for `lasting_s` seconds."""
        with self._lock:
            return any(expires_s <= time.time() + lasting_s for _, expires_s in self._known.values())

    def token(self, user: str) -> str:
        """The user's token, valid for half a minute at least. TargetError as above."""
        return self._lasting(user, time.time() + _SPARE_S)

    def _lasting(self, user: str, until_s: float) -> str:
        with self._lock:
            token, expires_s = self._known.get(user, ("", 0.0))
        if expires_s > until_s:
            return token
        token = self._ask(user)
        expires_s = _expiry(token, user)
        if expires_s <= until_s:
            raise TargetError(
                f"{VARIABLE} printed a token for {user} that is valid for {max(expires_s - time.time(), 0):.0f} s; "
                f"needed are more than {until_s - time.time():.0f} s, as long as a request with its retries may take"
            )
        with self._lock:
            self._known[user] = token, expires_s
        return token

    def _ask(self, user: str) -> str:
        with self._lock:
            if self._over:
                raise TargetError(f"{VARIABLE} is asked for no more tokens")
            # A session of its own, so that all of it can be ended.
            process = subprocess.Popen(
                ["/bin/sh", "-c", self._command],
                env={**os.environ, USER: user},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
        try:
            token, errors = process.communicate(timeout=_LIMIT_S)
        except subprocess.TimeoutExpired:
            raise TargetError(f"{VARIABLE} has printed no token for {user} within {_LIMIT_S:.0f} s") from None
        finally:
            _kill(process)
            with self._lock:
                self._running.discard(process)
        if process.returncode:
            said = errors.strip().splitlines()
            why = said[-1][:200] if said else "it says not why"
            raise TargetError(f"{VARIABLE} exited with {process.returncode} for {user}: {why}")
        if not token.strip():
            raise TargetError(f"{VARIABLE} printed nothing for {user}; it has to print a JWT")
        return token.strip()

    def _end(self) -> None:
        """Ends what is running, and starts nothing more."""
        with self._lock:
            self._over = True
            for process in self._running:
                _kill(process)


def _kill(process: "subprocess.Popen[str]") -> None:
    """Ends a command with all that it has started; nothing where it has ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _expiry(token: str, user: str) -> float:
    """When a token expires, in Unix time; infinity where it does not say. Its signature is for the stage to check."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise TargetError(f"{VARIABLE} printed no JWT for {user}; it has to print a JWT alone") from None
    if claims.get("sub") != user:
        raise TargetError(
            f"{VARIABLE} printed a token of {claims.get('sub')!r}, asked for was {user} ({USER}): "
            "it has to make tokens for any sub"
        )
    expires_s = claims.get("exp", float("inf"))
    if not isinstance(expires_s, int | float):
        raise TargetError(f"{VARIABLE} printed a token for {user} whose exp is {expires_s!r}, which is no time")
    return float(expires_s)
