"""`/v1/users` and `/v1/invitations`, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from gateway.accounts.dependencies import Accounts
from gateway.accounts.schemas import Invitation, InvitationBody, OneTimeToken, User, UserBody, UserList
from gateway.auth.dependencies import Admin

router = APIRouter(tags=["users"])

UserId = Annotated[str, StringConstraints(max_length=40)]


@router.get("/v1/users")
async def list_users(
    caller: Admin,
    accounts: Accounts,
    after: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ids: Annotated[list[UserId] | None, Query(alias="id", max_length=100)] = None,
) -> UserList:
    """Users, oldest first; only those of `id`, as often as it is given, of whom some may be gone."""
    rows = await accounts.list(after, limit + 1, ids)
    shown = [User.of(row) for row in rows[:limit]]
    return UserList(results=shown, next=shown[-1].id if len(rows) > limit else None)


@router.get("/v1/users/{user_id}")
async def get_user(user_id: str, caller: Admin, accounts: Accounts) -> User:
    """One user."""
    return User.of(await accounts.get(user_id))


@router.patch("/v1/users/{user_id}")
async def change_user(user_id: str, body: UserBody, caller: Admin, accounts: Accounts) -> User:
    """Change a user: his role, whether he may sign in (this also approves a registration), his name."""
    changes = body.model_dump(exclude_none=True, exclude={"limits"})
    if body.limits is not None:
        changes["limits"] = body.limits.model_dump(exclude_unset=True)
    return User.of(await accounts.update(user_id, changes))


@router.post("/v1/users/{user_id}/reset-password", status_code=201)
async def make_reset_token(user_id: str, caller: Admin, accounts: Accounts) -> OneTimeToken:
    """A token with which the user sets a new password; it works once, for a day."""
    return OneTimeToken(token=await accounts.reset_token(user_id, caller.owner))


@router.post("/v1/invitations", status_code=201)
async def invite(body: InvitationBody, caller: Admin, accounts: Accounts) -> OneTimeToken:
    """A token with which one person makes an account; it works once, for a week."""
    return OneTimeToken(token=await accounts.invite(body.role, body.email, caller.owner))


@router.get("/v1/invitations")
async def list_invitations(caller: Admin, accounts: Accounts) -> list[Invitation]:
    """Invitations that nobody has accepted yet, youngest first."""
    return [Invitation.of(row) for row in await accounts.invitations.open()]


@router.delete("/v1/invitations/{invitation_id}", status_code=204)
async def withdraw_invitation(invitation_id: str, caller: Admin, accounts: Accounts) -> None:
    """Make an invitation worthless."""
    await accounts.invitations.withdraw(invitation_id)
