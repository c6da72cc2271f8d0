"""AWS clients, made from botocore alone: boto3's layer above it costs import time and adds nothing that we use."""

import os
from typing import Any

CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 2.0


def client(service: str, *, attempts: int = 1) -> Any:
    """A client of `service` that gives up soon, after `attempts` tries in all.

    Endpoints follow AWS_ENDPOINT_URL_<SERVICE> and AWS_ENDPOINT_URL; the region is AWS_REGION, which Lambda sets.
    """
    import botocore.session
    from botocore.config import Config

    return botocore.session.get_session().create_client(
        service,
        region_name=os.environ.get("AWS_REGION"),
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"total_max_attempts": attempts, "mode": "standard"},
        ),
    )
