"""Tokens come from a command: once for each user, again when they expire, and what is of no use is one clear line."""

import os
import signal
import threading
import time
from pathlib import Path

import jwt
import pytest

from harness.process import Interrupted, interruptible
from harness.scenario.errors import TargetError
from harness.scenario.tokens import TokenCommand


def token(sub: str = "ann", **claims: object) -> str:
    return jwt.encode({"sub": sub, "exp": int(time.time()) + 600, **claims}, "a key that is long enough for HS256 ...")


def test_each_user_is_asked_for_once(tmp_path: Path) -> None:
    for user in ("ann", "bob"):
        (tmp_path / user).write_text(token(user))
    command = TokenCommand(f'cat {tmp_path}/"$TOKEN_USER"; echo "$TOKEN_USER" >> {tmp_path}/asked')
    found = command.for_all(["ann", "bob"], lasting_s=300)
    assert {user: jwt.decode(each, options={"verify_signature": False})["sub"] for user, each in found.items()} == {
        "ann": "ann",
        "bob": "bob",
    }
    assert command.token("ann") == found["ann"]
    assert sorted((tmp_path / "asked").read_text().split()) == ["ann", "bob"]


def test_a_token_that_is_about_to_expire_is_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(token(exp=int(time.time()) + 40))
    command = TokenCommand(f"cat {tmp_path}/token")
    first = command.for_all(["ann"], lasting_s=1)["ann"]
    (tmp_path / "token").write_text(token())
    assert command.for_all(["ann"], lasting_s=1)["ann"] == first
    assert not command.expiring(1)
    assert command.expiring(300)
    assert command.for_all(["ann"], lasting_s=300)["ann"] != first


def test_a_token_without_an_end_lasts() -> None:
    never = jwt.encode({"sub": "ann"}, "a key that is long enough for HS256 ...")
    assert TokenCommand(f"echo {never}").for_all(["ann"], lasting_s=10**6) == {"ann": never}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("echo no account >&2; exit 7", "TOKEN_COMMAND exited with 7 for ann: no account"),
        ("exit 1", "TOKEN_COMMAND exited with 1 for ann: it says not why"),
        ("true", "TOKEN_COMMAND printed nothing for ann; it has to print a JWT"),
        ("echo hello", "TOKEN_COMMAND printed no JWT for ann; it has to print a JWT alone"),
        ("printf '\\377'", "TOKEN_COMMAND printed no JWT for ann"),
        (
            f"echo {token('bob')}",
            "printed a token of 'bob', asked for was ann (TOKEN_USER): it has to make tokens for any",
        ),
        (f"echo {token(exp=1)}", "that is valid for 0 s; needed are more than 300 s, as long as a request"),
    ],
)
def test_what_is_of_no_use_is_told_in_one_line(command: str, told: str) -> None:
    with pytest.raises(TargetError) as caught:
        TokenCommand(command).for_all(["ann"], lasting_s=300)
    assert told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_interruption_waits_for_no_command(tmp_path: Path) -> None:
    command = TokenCommand(f"echo $$ >> {tmp_path}/pids; sleep 50; true")

    def interrupt() -> None:
        while not (tmp_path / "pids").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(Interrupted), interruptible(lambda line: None):
        command.for_all([f"user-{number}" for number in range(20)], lasting_s=1)
    pids = (tmp_path / "pids").read_text().split()
    assert len(pids) < 20
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
