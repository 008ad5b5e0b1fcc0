"""`/v1/auth/providers` and `/v1/auth/oidc`: to the provider and back."""

from __future__ import annotations

from typing import Annotated, cast

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from starlette.responses import RedirectResponse

from gateway.accounts.dependencies import Sessions, drop_cookies, set_cookies, user_of
from gateway.auth.dependencies import Viewer
from gateway.errors import AuthenticationError, GatewayError, NotFoundError
from gateway.oidc.service import ATTEMPT_S, STALE, OidcService
from gateway.settings import Settings

router = APIRouter(prefix="/v1/auth", tags=["auth"])
log = structlog.stdlib.get_logger("gateway.oidc")
COOKIE, PATH = "avila_oidc", "/v1/auth/oidc"


class SignInProvider(BaseModel):
    """A way to sign in that is not a password; the page links to `url`."""

    id: str
    name: str
    url: str


class SignedOut(BaseModel):
    """Where to go to sign out at the provider too; null when it has no such page."""

    url: str | None


async def _oidc(request: Request) -> OidcService:
    return cast(OidcService, request.state.oidc)


async def _in_use(service: Annotated[OidcService, Depends(_oidc)]) -> OidcService:
    if not service.is_on:
        raise NotFoundError("This installation has no sign-in provider; AVILA_OIDC_ISSUER names one")
    return service


def _base(request: Request) -> str:
    settings = cast(Settings, request.state.settings)
    return settings.public_url or str(request.base_url).rstrip("/")


def _told_by_the_page(request: Request, error: GatewayError) -> RedirectResponse:
    """Where a browser goes instead, to be told in its reader's language; a program gets the error itself."""
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    log.info("a sign-in at the provider came to nothing", code=error.code, reason=error.message)
    return RedirectResponse(f"/#refused={error.code}", 303)


AnyOidc = Annotated[OidcService, Depends(_oidc)]
Oidc = Annotated[OidcService, Depends(_in_use)]


@router.get("/providers")
async def providers(oidc: AnyOidc) -> list[SignInProvider]:
    """The ways to sign in beside a password; for everybody."""
    return [SignInProvider(id="oidc", name=oidc.name, url=f"{PATH}/start")] if oidc.is_on else []


@router.get("/oidc/start", status_code=303, response_class=RedirectResponse)
async def start(request: Request, oidc: Oidc, back_to: Annotated[str, Query(max_length=500)] = "/") -> RedirectResponse:
    """Send the browser to the provider. `back_to` is the page's own path to come back to."""
    try:
        url, kept = await oidc.begin(f"{_base(request)}{PATH}/callback", back_to)
    except GatewayError as error:
        return _told_by_the_page(request, error)
    answer = RedirectResponse(url, 303)
    # lax: the way back begins on the provider's site
    is_secure = _base(request).startswith("https:")
    answer.set_cookie(COOKIE, kept, ATTEMPT_S, path=PATH, httponly=True, samesite="lax", secure=is_secure)
    return answer


@router.get("/oidc/callback", status_code=303, response_class=RedirectResponse)
async def callback(
    request: Request,
    oidc: Oidc,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=2000)] = "",
) -> RedirectResponse:
    """The browser comes back: open a session, put it into cookies, and go on to the page."""
    kept = request.cookies.get(COOKIE, "")
    agent = request.headers.get("user-agent", "")
    try:
        if not (kept and state and code):
            raise AuthenticationError(STALE)
        signed_in, back_to = await oidc.finish(kept, state, code, f"{_base(request)}{PATH}/callback", agent)
    except GatewayError as error:
        return _told_by_the_page(request, error)
    answer = RedirectResponse(back_to, 303)
    set_cookies(request, answer, signed_in)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


@router.post("/oidc/sign-out")
async def sign_out(caller: Viewer, request: Request, response: Response, oidc: Oidc, sessions: Sessions) -> SignedOut:
    """End this session, and say where the provider's own is ended."""
    if caller.session_id is not None:
        await sessions.end(user_of(caller), caller.session_id)
    drop_cookies(response)
    return SignedOut(url=await oidc.end_session_url(f"{_base(request)}/"))
