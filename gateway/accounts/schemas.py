"""Bodies and answers of the account endpoints."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from gateway.auth.sessions import SignedIn
from gateway.auth.subject import Role
from gateway.limits.quota import Limits
from gateway.storage.tables import OneTimeTokenRow, SessionRow, UserRow

Email = Annotated[str, Field(min_length=3, max_length=254)]
Name = Annotated[str, Field(max_length=100)]
Password = Annotated[SecretStr, Field(max_length=200)]
Token = Annotated[str, Field(min_length=1, max_length=200)]
Zone = Annotated[str, Field(max_length=64)]


class Body(BaseModel):
    """A body whose unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class SetupBody(Body):
    """The first administrator."""

    token: Token
    email: Email
    password: Password
    name: Name = ""
    timezone: Zone = "UTC"


class RegisterBody(Body):
    """A new account."""

    email: Email
    password: Password
    name: Name = ""
    timezone: Zone = "UTC"
    invitation: Token | None = None


class SignInBody(Body):
    """`cookies` puts the tokens into HttpOnly cookies, for the page, and leaves them out of the answer."""

    email: Email
    password: Password
    cookies: bool = False


class RefreshBody(Body):
    """Without a token, the cookie's."""

    refresh_token: Token | None = None


class PasswordBody(Body):
    """Another password for oneself."""

    current_password: Password
    new_password: Password


class ResetBody(Body):
    """Another password, with a token an administrator made."""

    token: Token
    new_password: Password


class Preferences(Body):
    """`result_cache`: whether an order made before is answered with the pictures that are there.
    `embed_recipe`: whether files tell how they were made, where an order does not say it."""

    result_cache: bool = True
    embed_recipe: bool = True


class MeBody(Body):
    """What everybody may change of himself."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    timezone: Zone | None = None
    preferences: Preferences | None = None


class UserBody(MeBody):
    """What an administrator may change of others."""

    role: Role | None = None
    status: Literal["active", "disabled"] | None = None
    limits: Limits | None = None


class InvitationBody(Body):
    """Who is invited."""

    email: Email | None = None
    role: Role = Role.USER


class Invitation(BaseModel):
    """An invitation that nobody has accepted yet, without its token."""

    id: str
    email: str | None
    role: Role
    created_by: str | None
    created_at: datetime.datetime
    expires_at: datetime.datetime

    @classmethod
    def of(cls, row: OneTimeTokenRow) -> Invitation:
        """From the row."""
        return cls.model_validate(row, from_attributes=True)


class OneTimeToken(BaseModel):
    """Shown once."""

    token: str


class User(BaseModel):
    """A person."""

    id: str
    email: str
    name: str
    role: Role
    status: str
    timezone: str
    limits: dict[str, Any]
    preferences: Preferences
    created_at: datetime.datetime
    signed_in_at: datetime.datetime | None

    @classmethod
    def of(cls, row: UserRow) -> User:
        """From the row."""
        return cls(
            id=row.id,
            email=row.email,
            name=row.name,
            role=Role(row.role),
            status=row.status,
            timezone=row.timezone,
            limits=row.limits,
            preferences=Preferences.model_validate(row.preferences),
            created_at=row.created_at,
            signed_in_at=row.signed_in_at,
        )


class UserList(BaseModel):
    """A page of users, oldest first."""

    results: list[User]
    next: str | None


class Tokens(BaseModel):
    """Of a new or refreshed session. Both are null when they went into cookies."""

    session_id: str
    access_token: str | None
    refresh_token: str | None
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - no password
    expires_in: int

    @classmethod
    def of(cls, signed_in: SignedIn, *, with_tokens: bool) -> Tokens:
        """From what was made."""
        return cls(
            session_id=signed_in.session_id,
            access_token=signed_in.access_token if with_tokens else None,
            refresh_token=signed_in.refresh_token if with_tokens else None,
            expires_in=signed_in.access_lifetime_s,
        )


class Session(BaseModel):
    """A signed-in device."""

    id: str
    agent: str
    created_at: datetime.datetime
    refreshed_at: datetime.datetime
    is_current: bool

    @classmethod
    def of(cls, row: SessionRow, current: str | None) -> Session:
        """From the row."""
        return cls(
            id=row.id,
            agent=row.agent,
            created_at=row.created_at,
            refreshed_at=row.refreshed_at,
            is_current=row.id == current,
        )


class Methods(BaseModel):
    """How one gets in here."""

    needs_setup: bool
    registration: Literal["closed", "invitation", "approval", "open"]
    providers: list[str]
