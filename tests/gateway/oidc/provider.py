"""A real OpenID Connect provider on its own port: Authlib's server, with PKCE required, behind the package's pages."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx

USER_CLAIMS = {"email": "ann@example.org", "email_verified": True, "name": "Ann", "groups": ["drawers"]}
SECRET = "the secret at the provider"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running_provider(redirect_uri: str) -> Iterator[Provider]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # authlib.jose, which the provider still uses
        import oidc_provider_mock
        from authlib.oauth2.rfc7636 import CodeChallenge
        from flask import g
        from oidc_provider_mock import _app

    challenges: dict[str, tuple[str, str]] = {}

    class Grant(_app.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code, request):
            super().save_authorization_code(code, request)
            given = request.payload.data
            challenges[code] = (given["code_challenge"], given["code_challenge_method"])

    class Pkce(CodeChallenge):
        def get_authorization_code_challenge(self, authorization_code):
            return challenges[authorization_code.code][0]

        def get_authorization_code_challenge_method(self, authorization_code):
            return challenges[authorization_code.code][1]

    app = oidc_provider_mock.app(require_client_registration=True, require_nonce=True)
    with app.test_request_context("/"):
        app.preprocess_request()
        server = g._authlib_authorization_server
        (_, extensions), *_rest = server._authorization_grants
        for grants in (server._authorization_grants, server._token_grants):
            place = next(i for i, (grant, _) in enumerate(grants) if grant is _app.AuthorizationCodeGrant)
            grants[place] = (Grant, [*extensions, Pkce(required=True)])
    http = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        thread.start()
        try:
            yield Provider(f"http://127.0.0.1:{http.server_port}", redirect_uri)
        finally:
            http.shutdown()
            http.server_close()
            thread.join()


class Provider:
    """The provider, its registered client, and the person at its sign-in page."""

    def __init__(self, issuer: str, redirect_uri: str) -> None:
        self.issuer = issuer
        body = {"redirect_uris": [redirect_uri], "token_endpoint_auth_method": "client_secret_basic"}
        answer = httpx.post(f"{issuer}/oauth2/clients", json=body)
        answer.raise_for_status()
        self.client = answer.json()

    def know(self, sub: str, **claims: object) -> None:
        """Somebody has an account at the provider."""
        httpx.put(f"{self.issuer}/users/{sub}", json={**USER_CLAIMS, **claims}).raise_for_status()

    def sign_in(self, url: str, sub: str) -> httpx.URL:
        """Fill in the form that the browser was sent to; where it is sent back to."""
        answer = httpx.post(url, data={"sub": sub})
        assert answer.status_code == 302, answer.text
        return httpx.URL(answer.headers["location"])
