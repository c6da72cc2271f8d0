"""The JWT authorizer: what it lets through and how it refuses."""

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from harness.cloud.errors import InvalidKey
from harness.cloud.gateway.authorizer import Authorizer, Refused, claim_text
from harness.cloud.issuer import Issuer

ISSUER = "https://identity.orders.example/"
AUDIENCE = "orders-api"
NOW = 1_800_000_000
KNOWN = Issuer(ISSUER, AUDIENCE)
STRANGER = Issuer(ISSUER, AUDIENCE)


def authorizer(now: float = NOW) -> Authorizer:
    return Authorizer(KNOWN.jwks(), ISSUER, ["other-api", AUDIENCE], clock=lambda: now)


def token(**claims: Any) -> str:
    return KNOWN.token("user-1", claims=claims, now=NOW)


def forged(algorithm: str, key: Any, **header: Any) -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "exp": NOW + 60}
    return jwt.encode(claims, key, algorithm, headers={"kid": KNOWN.key_id, **header})


def with_kid(kid: str) -> str:
    head, body, signature = token().split(".")
    value = json.loads(base64.urlsafe_b64decode(head + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**value, "kid": kid}).encode()).rstrip(b"=").decode()
    return f"{changed}.{body}.{signature}"


def altered() -> str:
    """A genuine token whose subject has been replaced."""
    head, _, signature = token().split(".")
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user-2", "exp": NOW + 60}
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.{signature}"


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "bearer {}", "BEARER  {}"])
def test_grants_a_good_token(form: str) -> None:
    grant = authorizer().authorize(form.format(token(level=3, admin=True)))
    assert grant.claims == {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "user-1",
        "iat": str(NOW),
        "exp": str(NOW + 3600),
        "level": "3",
        "admin": "true",
    }


def public_key_as_secret() -> str:
    """The old trick: the public key, which everybody has, as the secret of an HMAC."""
    key = jwt.PyJWK(KNOWN.jwks()["keys"][0]).key
    pem: bytes = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem.hex()


@pytest.mark.parametrize(
    ("credentials", "challenge"),
    [
        (None, "Bearer"),
        ("", "Bearer"),
        ("Bearer nonsense", "token contains an invalid number of segments"),
        ("Basic dTpw", "token contains an invalid number of segments"),
        (KNOWN.token("u", ttl_s=60, now=NOW - 60), "the token has expired"),
        (KNOWN.token("u", ttl_s=-60, now=NOW), "the token has expired"),
        (token(exp=None), "the token has expired"),
        (token(exp="never"), "the token has expired"),
        (token(nbf=NOW + 10), "the token is not valid yet"),
        (token(iat=NOW + 10), "the token is not valid yet"),
        (token(aud="another-api"), "the token does not have a valid audience"),
        (token(aud=[]), "the token does not have a valid audience"),
        (token(aud=None), "the token does not have a valid audience"),
        (token(aud="another-api", client_id=AUDIENCE), "the token does not have a valid audience"),
        (token(iss="https://elsewhere.example/"), "the token does not have a valid issuer"),
        (STRANGER.token("u", now=NOW), "the token was not signed by a known key"),
        (with_kid("unknown"), "the token was not signed by a known key"),
        (altered(), "the token does not have a valid signature"),
        (forged("none", None), "signing method none is invalid"),
        (forged("HS256", public_key_as_secret()), "signing method HS256 is invalid"),
    ],
)
def test_refuses_any_other(credentials: str | None, challenge: str) -> None:
    with pytest.raises(Refused) as refused:
        authorizer().authorize(credentials)
    assert (refused.value.refusal.status, refused.value.refusal.body) == (401, b'{"message":"Unauthorized"}')
    if credentials:
        challenge = f'Bearer scope="" error="invalid_token" error_description="{challenge}"'
    assert refused.value.challenge == challenge


def test_the_client_id_stands_in_for_the_audience() -> None:
    authorizer().authorize(token(aud=None, client_id=AUDIENCE))
    authorizer().authorize(token(aud=["x", AUDIENCE]))


@pytest.mark.parametrize(("given", "granted"), [("a b", True), ("b", True), ("c", False), (None, False)])
@pytest.mark.parametrize("claim", ["scope", "scp"])
def test_needs_one_of_the_routes_scopes(given: str | None, granted: bool, claim: str) -> None:
    credentials = token(**{claim: given})
    if granted:
        assert "b" in authorizer().authorize(credentials, ("b", "x")).scopes
        return
    with pytest.raises(Refused) as refused:
        authorizer().authorize(credentials, ("b", "x"))
    assert (refused.value.refusal.status, refused.value.refusal.body) == (403, b'{"message":"Forbidden"}')
    assert refused.value.challenge.startswith('Bearer scope="b x" error="insufficient_scope"')


def test_a_remembered_token_expires_as_well() -> None:
    now = float(NOW)
    checked = Authorizer(KNOWN.jwks(), ISSUER, [AUDIENCE], clock=lambda: now)
    credentials = KNOWN.token("user-1", ttl_s=60, now=NOW)
    first = checked.authorize(credentials)
    now = NOW + 59.9
    assert checked.authorize(credentials) is first
    now = NOW + 60
    with pytest.raises(Refused, match="expired"):
        checked.authorize(credentials)


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (1, "1"), (1.5, "1.5"), (True, "true"), (["a", 1], "[a 1]"), ({"b": 1, "a": "x"}, "map[a:x b:1]")],
)
def test_claims_are_strings(value: Any, text: str) -> None:
    assert claim_text(value) == text


@pytest.mark.parametrize("jwks", [{}, {"keys": [{}]}, {"keys": [{"kid": "a", "kty": "RSA"}]}, {"keys": 1}])
def test_refuses_keys_that_are_none(jwks: Any) -> None:
    with pytest.raises(InvalidKey):
        Authorizer(jwks, ISSUER, [AUDIENCE])
