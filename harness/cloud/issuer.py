"""An identity provider for rehearsals: one RSA key, its JWKS, and tokens for synthetic users."""

import base64
import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.cloud.errors import InvalidKey

_ALGORITHM = "RS256"


class Issuer:
    """Signs tokens for one issuer and audience. A second issuer with another key makes tokens that the first one's
    JWKS refuses.
    """

    def __init__(self, issuer: str, audience: str, key: rsa.RSAPrivateKey | None = None) -> None:
        """`key` None: a new 2048-bit key, which is known to nobody else."""
        self.issuer = issuer
        self.audience = audience
        self._key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._key.public_key().public_numbers()
        self._jwk = {"kty": "RSA", "n": _base64_number(numbers.n), "e": _base64_number(numbers.e)}
        # The key's name is its thumbprint (RFC 7638), so the same key has the same name in every process.
        canonical = json.dumps(dict(sorted(self._jwk.items())), separators=(",", ":")).encode()
        self.key_id = _base64(hashlib.sha256(canonical).digest())

    @classmethod
    def load(cls, issuer: str, audience: str, private_key: Path) -> "Issuer":
        """With the key of a PEM file. Raises InvalidKey."""
        try:
            key = serialization.load_pem_private_key(private_key.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise InvalidKey(f"{private_key}: no readable, unencrypted PEM private key: {error}") from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise InvalidKey(f"{private_key}: HTTP APIs take RSA keys only")
        return cls(issuer, audience, key)

    def save(self, private_key: Path) -> None:
        """Writes the private key as PEM, readable by its owner only. It must not exist yet."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with os.fdopen(os.open(private_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set (RFC 7517)."""
        return {"keys": [{**self._jwk, "kid": self.key_id, "use": "sig", "alg": _ALGORITHM}]}

    def token(
        self,
        user_id: str,
        ttl_s: float = 3600,
        *,
        scopes: Sequence[str] = (),
        claims: Mapping[str, Any] | None = None,
        now: float | None = None,
    ) -> str:
        """An access token for `user_id` (`sub`), valid for `ttl_s` seconds from `now` (Unix time); negative:
        already expired.

        `claims` adds claims or replaces them; None as a value leaves a claim out.
        """
        issued = int(time.time() if now is None else now)
        content: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": user_id,
            "iat": issued + min(int(ttl_s), 0),
            "exp": issued + int(ttl_s),
            **({"scope": " ".join(scopes)} if scopes else {}),
            **(claims or {}),
        }
        content = {name: value for name, value in content.items() if value is not None}
        return jwt.encode(content, self._key, _ALGORITHM, headers={"kid": self.key_id})


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _base64_number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))
