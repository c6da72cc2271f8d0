"""`python -m harness.scenario.mint KEY ISSUER AUDIENCE [TTL_S]`: prints a token for the user whose id is in TOKEN_USER.

It is the TOKEN_COMMAND of a stage on this machine. KEY is the file of its issuer's private key.
"""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.cloud.errors import InvalidKey
from harness.cloud.issuer import Issuer
from harness.scenario.tokens import USER

_ROOT = Path(__file__).resolve().parents[2]


def command(issuer: Issuer, key: Path) -> str:
    """The shell command that prints tokens of `issuer`, whose private key is in the file `key`."""
    words = [sys.executable, "-m", __name__, str(key), issuer.issuer, issuer.audience]
    return f"PYTHONPATH={shlex.quote(str(_ROOT))} {shlex.join(words)}"


def main(arguments: Sequence[str]) -> int:
    """Prints a token, valid for TTL_S seconds or an hour. Exit code: 0, or 1 where there is none."""
    key, issuer, audience, *ttl_s = arguments
    user = os.environ.get(USER)
    if not user:
        print(f"{USER} is not set; it says whose token is wanted", file=sys.stderr)
        return 1
    try:
        signer = Issuer.load(issuer, audience, Path(key))
    except InvalidKey as error:
        print(f"{error}; has the stage ended?", file=sys.stderr)
        return 1
    print(signer.token(user, *map(float, ttl_s)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
