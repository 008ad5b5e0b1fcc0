"""`/v1/auth`: getting in, staying in, getting out."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request, Response

from gateway.accounts.dependencies import (
    REFRESH_COOKIE,
    Accounts,
    Sessions,
    client_address,
    drop_cookies,
    set_cookies,
    user_of,
)
from gateway.accounts.people import Person
from gateway.accounts.schemas import (
    MeBody,
    Methods,
    PasswordBody,
    RefreshBody,
    RegisterBody,
    ResetBody,
    Session,
    SetupBody,
    SignInBody,
    Tokens,
    User,
)
from gateway.auth.dependencies import Viewer, check_same_origin
from gateway.auth.sessions import REFUSED
from gateway.errors import AuthenticationError
from gateway.settings import Settings

router = APIRouter(prefix="/v1/auth", tags=["auth"])


@router.get("/methods")
async def methods(request: Request, accounts: Accounts) -> Methods:
    """How one gets in here; for everybody."""
    settings = cast(Settings, request.state.settings)
    providers = [settings.oidc_name] if settings.oidc_issuer else []
    needs_setup = await accounts.needs_setup()
    return Methods(needs_setup=needs_setup, registration=accounts.registration, providers=providers)


@router.post("/setup", status_code=201)
async def set_up(body: SetupBody, accounts: Accounts) -> User:
    """Make the first administrator, with the token that the first start showed."""
    person = Person(body.email, body.name, body.password.get_secret_value(), timezone=body.timezone)
    return User.of(await accounts.set_up(body.token, person))


@router.post("/register", status_code=201)
async def register(body: RegisterBody, accounts: Accounts) -> User:
    """Make an account, where the installation allows it or with an invitation."""
    person = Person(body.email, body.name, body.password.get_secret_value(), timezone=body.timezone)
    return User.of(await accounts.register(person, body.invitation))


@router.post("/sign-in")
async def sign_in(body: SignInBody, request: Request, response: Response, accounts: Accounts) -> Tokens:
    """Open a session."""
    agent = request.headers.get("user-agent", "")
    password = body.password.get_secret_value()
    signed_in = await accounts.sign_in(body.email, password, agent, client_address(request))
    if body.cookies:
        set_cookies(request, response, signed_in)
    return Tokens.of(signed_in, with_tokens=not body.cookies)


@router.post("/refresh")
async def refresh(request: Request, response: Response, sessions: Sessions, body: RefreshBody | None = None) -> Tokens:
    """New tokens for a refresh token, from the body or from the cookie."""
    given = None if body is None else body.refresh_token
    if given is not None:
        return Tokens.of(await sessions.refresh(given), with_tokens=True)
    check_same_origin(request)
    cookie = request.cookies.get(REFRESH_COOKIE)
    if not cookie:
        raise AuthenticationError(REFUSED)
    signed_in = await sessions.refresh(cookie)
    set_cookies(request, response, signed_in)
    return Tokens.of(signed_in, with_tokens=False)


@router.post("/sign-out", status_code=204)
async def sign_out(caller: Viewer, response: Response, sessions: Sessions) -> None:
    """End this session."""
    if caller.session_id is not None:
        await sessions.end(user_of(caller), caller.session_id)
    drop_cookies(response)


@router.post("/sign-out-everywhere", status_code=204)
async def sign_out_everywhere(caller: Viewer, response: Response, sessions: Sessions) -> None:
    """End all sessions of the caller, this one too."""
    await sessions.end(user_of(caller))
    drop_cookies(response)


@router.get("/sessions")
async def list_sessions(caller: Viewer, sessions: Sessions) -> list[Session]:
    """Where the caller is signed in."""
    return [Session.of(row, caller.session_id) for row in await sessions.list(user_of(caller))]


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: str, caller: Viewer, sessions: Sessions) -> None:
    """End one of the caller's sessions."""
    await sessions.end(user_of(caller), session_id)


@router.get("/me")
async def me(caller: Viewer, accounts: Accounts) -> User:
    """The caller."""
    return User.of(await accounts.get(user_of(caller)))


@router.patch("/me")
async def change_me(body: MeBody, caller: Viewer, accounts: Accounts) -> User:
    """Change one's name or time zone."""
    return User.of(await accounts.update(user_of(caller), body.model_dump(exclude_none=True)))


@router.post("/password", status_code=204)
async def change_password(body: PasswordBody, caller: Viewer, accounts: Accounts) -> None:
    """Set another password, and sign out everywhere else."""
    current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    await accounts.change_password(user_of(caller), current, new, caller.session_id)


@router.post("/reset-password", status_code=204)
async def reset_password(body: ResetBody, accounts: Accounts) -> None:
    """Set another password with a token that an administrator made."""
    await accounts.reset_password(body.token, body.new_password.get_secret_value())
