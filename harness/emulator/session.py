"""boto3 for the emulator alone: nothing of the person's AWS comes along, no profile, no token, no file, no endpoint."""

import os

import boto3
import botocore.session

KEY = "emulator"
"""Access key id and secret key: the emulators take any."""

_UNSET = (None, None, None, None)  # name in the configuration file, environment variable, default, conversion
_NOTHING = (None, None, os.devnull, None)


def session(region: str | None = None) -> boto3.Session:
    """A session with keys of its own, whatever this process's environment says."""
    core = botocore.session.Session(
        session_vars={"profile": _UNSET, "config_file": _NOTHING, "credentials_file": _NOTHING}
    )
    return boto3.Session(botocore_session=core, region_name=region, aws_access_key_id=KEY, aws_secret_access_key=KEY)
