"""Tokens of a deployed stage's users, from a command that its owner names."""

import os
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

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
        self._lock = threading.Lock()

    def for_all(self, users: Iterable[str], lasting_s: float) -> Mapping[str, str]:
        """A token of each user, which must be valid for `lasting_s` seconds from now. TargetError for the first that
        is of no use.
        """
        until_s = time.time() + lasting_s
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="tokens")
        try:
            asked = tuple(users)
            return dict(zip(asked, pool.map(lambda user: self._lasting(user, until_s), asked), strict=True))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

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
                f"needed are {until_s - time.time():.0f} s: let it print longer ones, or take a shorter scenario"
            )
        with self._lock:
            self._known[user] = token, expires_s
        return token

    def _ask(self, user: str) -> str:
        try:
            done = subprocess.run(
                ["/bin/sh", "-c", self._command],
                env={**os.environ, USER: user},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_LIMIT_S,
            )
        except subprocess.TimeoutExpired:
            raise TargetError(f"{VARIABLE} has printed no token for {user} within {_LIMIT_S:.0f} s") from None
        except UnicodeDecodeError:
            raise TargetError(f"{VARIABLE} printed no text for {user}; it has to print a JWT alone") from None
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise TargetError(
                f"{VARIABLE} exited with {done.returncode} for {user}: {said[-1][:200] if said else 'it says not why'}"
            )
        if not (token := done.stdout.strip()):
            raise TargetError(f"{VARIABLE} printed nothing for {user}; it has to print a JWT")
        return token


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
