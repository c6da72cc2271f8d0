"""`python -m harness.rollout.token CLUSTER REGION`: a token for the Kubernetes API, as kubectl and Helm ask for one.

The token is a signed address of STS, which EKS calls to learn who signed it
(https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster). So the AWS command
line is not needed, and a token never grows too old in a long rollout.
"""

import base64
import datetime
import json
import sys
from typing import Any

from harness.rollout import aws
from harness.rollout.errors import AwsRefused

_SIGNED_FOR_S = 60  # how soon EKS must have called
_GOOD_FOR_S = 14 * 60  # EKS takes it for 15 minutes


def token(cluster: str, region: str) -> str:
    """A token for `cluster`. Raises AwsRefused where there are no credentials to sign with."""
    import boto3
    from botocore.signers import RequestSigner

    session = boto3.Session(region_name=region)
    sts: Any = aws.client("sts", region)
    credentials = session.get_credentials()
    if credentials is None:
        raise AwsRefused("AWS: there are no credentials; `aws sso login`, or AWS_PROFILE, gives them")
    signer = RequestSigner(sts.meta.service_model.service_id, region, "sts", "v4", credentials, session.events)
    request = {
        "method": "GET",
        "url": f"https://sts.{region}.{_domain(sts)}/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    }
    url = aws.call(
        lambda: signer.generate_presigned_url(request, region_name=region, expires_in=_SIGNED_FOR_S, operation_name="")
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _domain(sts: Any) -> str:
    """amazonaws.com, or that of another partition."""
    host = str(sts.meta.endpoint_url).split("://", 1)[1].split("/", 1)[0]
    return host[host.index("amazonaws.") :] if "amazonaws." in host else "amazonaws.com"


def main(arguments: list[str]) -> int:
    """Prints the token in the form of client-go's exec plugins. Exit code: 0, or 1 where there is none."""
    cluster, region = arguments
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=_GOOD_FOR_S)
    try:
        status = {"token": token(cluster, region), "expirationTimestamp": until.strftime("%Y-%m-%dT%H:%M:%SZ")}
    except AwsRefused as error:
        print(error, file=sys.stderr)
        return 1
    kind = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    print(json.dumps({**kind, "status": status}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
