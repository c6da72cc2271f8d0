"""API Gateway (ministack 1.5.33): a JWT authorizer has a payload format version, which on AWS only a Lambda one has."""

from typing import Any, ClassVar

from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream


class JwtAuthorizers(Gap):
    """Takes it away."""

    services: ClassVar[frozenset[str]] = frozenset({"apigateway"})

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Authorizers as AWS shows them."""
        answer = onward(call)
        if "/authorizers" not in call.path or answer.status >= 300 or not answer.body:
            return answer
        shown = answer.json
        for authorizer in shown.get("items", [shown]):
            _clean(authorizer)
        return answer.with_json(shown)


def _clean(authorizer: dict[str, Any]) -> None:
    if authorizer.get("authorizerType") == "JWT":
        authorizer.pop("authorizerPayloadFormatVersion", None)
        authorizer.pop("authorizerResultTtlInSeconds", None)
