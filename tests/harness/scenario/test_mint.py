"""The command that prints tokens of a stage on this machine, run by a shell as a replay runs it."""

import os
import subprocess
from pathlib import Path

import jwt
import pytest

from harness.cloud.issuer import Issuer
from harness.scenario import mint
from harness.scenario.tokens import USER, TokenCommand


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "issuer.pem"


@pytest.fixture
def issuer(key: Path) -> Issuer:
    """An issuer whose key is kept in a file."""
    key.parent.mkdir()
    issuer = Issuer("https://issuer.example/", "orders api")
    issuer.save(key)
    return issuer


def shell(command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if name != USER}
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd="/", env={**clean, **environment}, capture_output=True, text=True, check=False
    )


def test_its_tokens_are_the_issuers(issuer: Issuer, key: Path) -> None:
    found = TokenCommand(mint.command(issuer, key)).for_all(["u-1", "u-2"], 60)
    public = jwt.PyJWK(issuer.jwks()["keys"][0]).key
    for user, token in found.items():
        claims = jwt.decode(token, public, ["RS256"], audience=issuer.audience, issuer=issuer.issuer)
        assert claims["sub"] == user
        assert claims["exp"] - claims["iat"] == 3600


def test_they_may_be_valid_for_another_time(issuer: Issuer, key: Path) -> None:
    token = shell(f"{mint.command(issuer, key)} 35", TOKEN_USER="u-1").stdout.strip()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 35


def test_what_is_missing_is_one_line(issuer: Issuer, key: Path) -> None:
    done = shell(mint.command(issuer, key))
    assert (done.returncode, done.stderr) == (1, "TOKEN_USER is not set; it says whose token is wanted\n")
    key.unlink()
    done = shell(mint.command(issuer, key), TOKEN_USER="u-1")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{key}: ")
    assert line.endswith("has the stage ended?")
