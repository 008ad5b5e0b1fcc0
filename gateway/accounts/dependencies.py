"""Accounts in an endpoint's signature, and the session's cookies."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request, Response

from gateway.accounts.service import AccountService
from gateway.auth.dependencies import SESSION_COOKIE
from gateway.auth.sessions import SessionService, SignedIn
from gateway.auth.subject import Subject
from gateway.errors import PermissionDeniedError

REFRESH_COOKIE = "avila_refresh"
REFRESH_PATH = "/v1/auth"


async def _accounts(request: Request) -> AccountService:
    return cast(AccountService, request.state.accounts)


async def _sessions(request: Request) -> SessionService:
    return cast(SessionService, request.state.sessions)


def client_address(request: Request) -> str:
    """Where a request comes from."""
    return "" if request.client is None else request.client.host


def user_of(subject: Subject) -> str:
    """The person behind a subject.

    Raises:
        PermissionDeniedError: a key of the installation itself is nobody.
    """
    if subject.user_id is None:
        raise PermissionDeniedError("This key belongs to the installation, not to a person")
    return subject.user_id


def set_cookies(request: Request, response: Response, signed_in: SignedIn) -> None:
    """Put both tokens into cookies that no script can read and no other site can send."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.access_token,
        max_age=signed_in.access_lifetime_s,
        httponly=True,
        samesite="strict",
        secure=secure,
    )
    response.set_cookie(
        REFRESH_COOKIE,
        signed_in.refresh_token,
        max_age=signed_in.refresh_lifetime_s,
        path=REFRESH_PATH,
        httponly=True,
        samesite="strict",
        secure=secure,
    )


def drop_cookies(response: Response) -> None:
    """Take both back."""
    response.delete_cookie(SESSION_COOKIE)
    response.delete_cookie(REFRESH_COOKIE, path=REFRESH_PATH)


Accounts = Annotated[AccountService, Depends(_accounts)]
Sessions = Annotated[SessionService, Depends(_sessions)]
