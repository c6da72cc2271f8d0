"""Accounts that are made up for one run."""

import secrets

from harness.services.endpoints import Credentials

ADMIN = "harness_admin"


def random_account(username: str = ADMIN) -> Credentials:
    """An account with a random password, of letters and digits only, so that it needs quoting nowhere."""
    return Credentials(username, secrets.token_hex(16))
