"""Tokens for synthetic users."""

import stat
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.cloud.errors import InvalidKey
from harness.cloud.issuer import Issuer


def decoded(issuer: Issuer, token: str) -> dict[str, object]:
    key = jwt.PyJWK(issuer.jwks()["keys"][0]).key
    claims: dict[str, object] = jwt.decode(
        token, key, ["RS256"], audience="api", issuer="https://i/", options={"verify_exp": False}
    )
    return claims


def test_a_token_and_its_key() -> None:
    issuer = Issuer("https://i/", "api")
    token = issuer.token("user-1", ttl_s=60, scopes=["a", "b"], now=1000)
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": issuer.key_id, "typ": "JWT"}
    assert decoded(issuer, token) == {
        "iss": "https://i/",
        "aud": "api",
        "sub": "user-1",
        "iat": 1000,
        "exp": 1060,
        "scope": "a b",
    }


def test_an_expired_token_was_issued_before_it_expired() -> None:
    issuer = Issuer("https://i/", "api")
    claims = decoded(issuer, issuer.token("u", ttl_s=-5, now=1000))
    assert (claims["iat"], claims["exp"]) == (995, 995)


def test_claims_may_be_replaced_and_left_out() -> None:
    issuer = Issuer("https://i/", "api")
    claims = decoded(issuer, issuer.token("u", claims={"exp": None, "sub": "v", "level": 3}))
    assert "exp" not in claims
    assert (claims["sub"], claims["level"]) == ("v", 3)


def test_the_key_survives_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    issuer = Issuer("https://i/", "api")
    issuer.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = Issuer.load("https://i/", "api", path)
    assert loaded.jwks() == issuer.jwks()
    assert decoded(issuer, loaded.token("u"))["sub"] == "u"
    with pytest.raises(FileExistsError):
        issuer.save(path)


def test_refuses_what_is_no_rsa_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    with pytest.raises(InvalidKey, match=r"key\.pem"):
        Issuer.load("https://i/", "api", path)
    path.write_text("nonsense")
    with pytest.raises(InvalidKey, match="PEM"):
        Issuer.load("https://i/", "api", path)
    path.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(InvalidKey, match="RSA"):
        Issuer.load("https://i/", "api", path)
