"""What is asked of the provider: its description, its keys, and what a code is worth. Every answer is bounded."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.errors import AuthenticationError, UnavailableError
from gateway.settings import Settings

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with a key of the provider's own; never `none`, never HMAC with a secret that we share."""

FRESH_S, TIMEOUT_S, LEEWAY_S = 3600.0, 10.0, 60
MAX_ANSWER_BYTES = 1_048_576
REFUSED = "The sign-in provider's answer could not be accepted; try again"


class Provider:
    """One provider, found by its issuer. The constructor asks nothing."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = (settings.oidc_issuer or "").rstrip("/")
        self._client_id = settings.oidc_client_id or ""
        secret = settings.oidc_client_secret
        self._secret = None if secret is None else secret.get_secret_value()
        self._scope = settings.oidc_scopes
        self._description: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")

    async def authorization_url(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes. Raises UnavailableError."""
        endpoint = (await self._described())["authorization_endpoint"]
        async with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        return str(url)

    async def claims(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """Who the person is for whom the provider gave this code: the ID token's claims and the userinfo's.

        Raises:
            AuthenticationError: the code or the ID token is not good.
            UnavailableError: the provider does not answer.
        """
        description = await self._described()
        try:
            async with self._client(redirect_uri) as client:
                token = await client.fetch_token(description["token_endpoint"], code=code, code_verifier=verifier)
        except (OAuthError, httpx.HTTPStatusError, ValueError) as error:
            raise AuthenticationError(REFUSED) from error
        except httpx.HTTPError as error:
            raise _away(error) from error
        claims = await self._checked(str(token.get("id_token", "")), nonce)
        if "userinfo_endpoint" in description and token.get("access_token"):
            headers = {"authorization": f"Bearer {token['access_token']}"}
            more = await self._get(description["userinfo_endpoint"], headers)
            if more.get("sub") != claims["sub"]:
                raise AuthenticationError(REFUSED)
            claims = {**more, **claims}
        return claims

    async def end_session_url(self, back_to: str) -> str | None:
        """Where the browser goes to sign out there too; None when the provider has no such place."""
        endpoint = (await self._described()).get("end_session_endpoint")
        if endpoint is None:
            return None
        where = httpx.URL(endpoint)
        return str(where.copy_merge_params({"client_id": self._client_id, "post_logout_redirect_uri": back_to}))

    def _client(self, redirect_uri: str) -> Any:
        return AsyncOAuth2Client(
            self._client_id,
            self._secret,
            scope=self._scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="none" if self._secret is None else "client_secret_basic",
            timeout=TIMEOUT_S,
        )

    async def _checked(self, id_token: str, nonce: str) -> Mapping[str, Any]:
        for is_again in (False, True):
            if self._keys is None or is_again:  # an unknown key may be a new one
                self._keys = KeySet.import_key_set(await self._get((await self._described())["jwks_uri"]))  # type: ignore[arg-type]
            try:
                claims = jwt.decode(id_token, self._keys, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):
                continue
            return self._validated(claims, nonce)
        raise AuthenticationError(REFUSED)

    def _validated(self, claims: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._description["issuer"]},
            aud={"essential": True, "value": self._client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            registry.validate(dict(claims))
        except JoseError as error:
            raise AuthenticationError(REFUSED) from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._client_id:
            raise AuthenticationError(REFUSED)
        return claims

    async def _described(self) -> Mapping[str, Any]:
        if time.monotonic() - self._asked_at > FRESH_S:
            found = await self._get(f"{self._issuer}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self._issuer:
                raise UnavailableError("The sign-in provider describes itself as another one; ask an administrator")
            self._description, self._keys, self._asked_at = found, None, time.monotonic()
        return self._description

    async def _get(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            async with (
                httpx.AsyncClient(timeout=TIMEOUT_S) as client,
                client.stream("GET", url, headers=headers) as answer,
            ):
                answer.raise_for_status()
                data = b""
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > MAX_ANSWER_BYTES:
                        raise UnavailableError("The sign-in provider's answer is too large")
            found = httpx.Response(200, content=data).json()
        except (httpx.HTTPError, ValueError) as error:
            raise _away(error) from error
        if not isinstance(found, dict):
            raise UnavailableError("The sign-in provider's answer is not an object")
        return found


def _away(error: Exception) -> UnavailableError:
    return UnavailableError(f"The sign-in provider does not answer ({type(error).__name__}); try again in a moment")
