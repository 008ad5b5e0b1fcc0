"""A person's whole data, exported and erased: by himself under `/v1/auth/me`, by administrators under `/v1/users`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from gateway.accounts.dependencies import Accounts, drop_cookies, user_of
from gateway.auth.dependencies import Admin, Viewer
from gateway.errors import PermissionDeniedError
from gateway.personal.schemas import EraseBody
from gateway.personal.service import PersonalService

router = APIRouter(tags=["personal data"])
ZIP = "application/zip"
A_ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {ZIP: {}}}}


async def _personal(request: Request) -> PersonalService:
    return cast(PersonalService, request.state.personal)


Personal = Annotated[PersonalService, Depends(_personal)]


@router.get("/v1/auth/me/export", response_class=StreamingResponse, responses=A_ZIP)
async def export_me(caller: Viewer, personal: Personal) -> StreamingResponse:
    """Everything that is kept of the caller, as a zip: the rows as JSON, and his pictures."""
    return _zip(await personal.export(user_of(caller)))


@router.post("/v1/auth/me/erase", status_code=204)
async def erase_me(body: EraseBody, caller: Viewer, response: Response, accounts: Accounts, personal: Personal) -> None:
    """Erase the caller and everything that is kept of him. There is no way back; a key cannot do it."""
    user_id = user_of(caller)
    if caller.session_id is None:
        raise PermissionDeniedError("Sign in to erase your account; a key cannot do it")
    password = None if body.current_password is None else body.current_password.get_secret_value()
    await accounts.may_erase_himself(user_id, body.email, password)
    await personal.erase(user_id)
    drop_cookies(response)


@router.get("/v1/users/{user_id}/export", response_class=StreamingResponse, responses=A_ZIP)
async def export_user(user_id: str, caller: Admin, personal: Personal) -> StreamingResponse:
    """The same of any user."""
    return _zip(await personal.export(user_id))


@router.delete("/v1/users/{user_id}", status_code=204)
async def erase_user(user_id: str, caller: Admin, accounts: Accounts, personal: Personal) -> None:
    """Erase a user and everything that is kept of him. There is no way back."""
    await accounts.may_erase(user_id)
    await personal.erase(user_id)


def _zip(chunks: AsyncGenerator[bytes, None]) -> StreamingResponse:
    headers = {"content-disposition": 'attachment; filename="avila-my-data.zip"', "cache-control": "no-store"}
    return StreamingResponse(chunks, media_type=ZIP, headers=headers)
