"""The HTTP API's JWT authorizer (API Gateway developer guide, "Controlling access to HTTP APIs with JWT
authorizers").

RSA signatures only, keys by `kid` from the JWKS; `iss`, `aud` (or `client_id` where there is no `aud`), `exp`, `nbf`
and `iat` are checked, and a route's scopes: the token needs at least one of them.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from harness.cloud import answers
from harness.cloud.errors import InvalidKey

_ALGORITHMS = ("RS256", "RS384", "RS512")
_CACHE_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class Grant:
    """A verified token: its claims as the event carries them, every value a string, and its scopes."""

    claims: Mapping[str, str]
    scopes: frozenset[str]
    not_before: float
    expires: float


class Refused(Exception):
    """The token does not do. `refusal` is AWS's answer and `challenge` the value of its www-authenticate header."""

    def __init__(self, refusal: answers.Refusal, challenge: str) -> None:
        super().__init__(challenge)
        self.refusal = refusal
        self.challenge = challenge


class Authorizer:
    """Verifies tokens against one issuer's keys. Verified tokens are remembered until they expire."""

    def __init__(
        self, jwks: Mapping[str, Any], issuer: str, audience: Sequence[str], clock: Callable[[], float] = time.time
    ) -> None:
        """`jwks` is a JSON Web Key Set. Raises InvalidKey where it holds a key that cannot be read."""
        try:
            self._keys = {str(key["kid"]): jwt.PyJWK(key).key for key in jwks["keys"]}
        except (jwt.PyJWTError, KeyError, TypeError) as error:
            raise InvalidKey(f"JWKS: each key needs kty RSA, kid, n and e ({error})") from None
        self._issuer = issuer
        self._audience = frozenset(audience)
        self._clock = clock
        self._granted: OrderedDict[str, Grant] = OrderedDict()

    def authorize(self, header: str | None, scopes: Sequence[str] = ()) -> Grant:
        """The grant of an Authorization header, which is the token or `Bearer` and the token. Raises Refused."""
        if not header:
            raise Refused(answers.UNAUTHORIZED, answers.CHALLENGE)
        token = header[7:].strip() if header[:7].lower() == "bearer " else header
        wanted = " ".join(scopes)
        now = self._clock()
        grant = self._granted.get(token)
        if grant is None:
            grant = self._verify(token, wanted)
            if len(self._granted) >= _CACHE_SIZE:
                self._granted.popitem(last=False)
            self._granted[token] = grant
        if now >= grant.expires:
            raise _unauthorized(answers.EXPIRED, wanted)
        if now < grant.not_before:
            raise _unauthorized(answers.NOT_YET_VALID, wanted)
        if scopes and grant.scopes.isdisjoint(scopes):
            raise Refused(answers.FORBIDDEN, answers.CHALLENGE_SCOPE.format(scope=wanted, description=answers.NO_SCOPE))
        return grant

    def _verify(self, token: str, scope: str) -> Grant:
        """Everything about a token that time does not change."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise _unauthorized(answers.MALFORMED, scope) from None
        algorithm = header.get("alg")
        if algorithm not in _ALGORITHMS:
            raise _unauthorized(answers.WRONG_ALGORITHM.format(algorithm=_quotable(algorithm)), scope)
        key = self._keys.get(str(header.get("kid")))
        if key is None:
            raise _unauthorized(answers.WRONG_KEY, scope)
        try:
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=list(_ALGORITHMS), options=_SIGNATURE_ONLY)
        except jwt.PyJWTError:
            raise _unauthorized(answers.WRONG_SIGNATURE, scope) from None
        if claims.get("iss") != self._issuer:
            raise _unauthorized(answers.WRONG_ISSUER, scope)
        audience = claims.get("aud", claims.get("client_id"))
        listed = audience if isinstance(audience, list) else [audience]
        if not any(isinstance(entry, str) and entry in self._audience for entry in listed):
            raise _unauthorized(answers.WRONG_AUDIENCE, scope)
        expires = claims.get("exp")
        if expires is None or not _is_number(expires):
            raise _unauthorized(answers.EXPIRED, scope)
        starts = [claims[name] for name in ("nbf", "iat") if name in claims]
        if not all(map(_is_number, starts)):
            raise _unauthorized(answers.NOT_YET_VALID, scope)
        return Grant(
            {name: claim_text(value) for name, value in claims.items()},
            frozenset(_scopes(claims)),
            float(max(starts, default=0)),
            float(expires),
        )


_SIGNATURE_ONLY: Any = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def claim_text(value: Any) -> str:
    """A claim as API Gateway puts it in the event, where every claim is a string: lists as `[a b]`, objects as
    `map[a:b]`.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "<nil>"
    if isinstance(value, list):
        return "[" + " ".join(map(claim_text, value)) + "]"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{name}:{claim_text(item)}" for name, item in sorted(value.items())) + "]"
    return json.dumps(value)


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    scopes = claims.get("scope", claims.get("scp"))
    if isinstance(scopes, str):
        return scopes.split()
    return [scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _quotable(value: Any) -> str:
    """The client's text, fit for a quoted string in a header."""
    return "".join(c for c in str(value)[:32] if c.isalnum() or c in "-_.")


def _unauthorized(description: str, scope: str) -> Refused:
    return Refused(answers.UNAUTHORIZED, answers.CHALLENGE_INVALID.format(scope=scope, description=description))
