"""`/v1/keys`: everybody's own keys."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from gateway.accounts.dependencies import user_of
from gateway.auth.dependencies import Viewer
from gateway.auth.service import KeyService, KeyWish
from gateway.auth.subject import Scope, Subject
from gateway.errors import PermissionDeniedError
from gateway.keys.schemas import Key, KeyBody, NewKey

router = APIRouter(prefix="/v1/keys", tags=["keys"])


def _keys(request: Request) -> KeyService:
    return cast(KeyService, request.state.keys)


Keys = Annotated[KeyService, Depends(_keys)]


@router.get("")
async def list_keys(caller: Viewer, keys: Keys) -> list[Key]:
    """The caller's keys, revoked ones too."""
    return [Key.of(info) for info in await keys.list(user_of(caller))]


@router.post("", status_code=201)
async def create_key(body: KeyBody, caller: Viewer, keys: Keys) -> NewKey:
    """A new key. A key can make no key that may do more than itself."""
    _check_no_rise(caller, body.scopes)
    wish = KeyWish(body.name, user_of(caller), body.scopes, body.policy, body.expires_at)
    return NewKey.made(*await keys.create(wish))


@router.post("/{key_id}/rotate", status_code=201)
async def rotate_key(key_id: str, caller: Viewer, keys: Keys) -> NewKey:
    """Replace a key: the same name and bounds, another secret; the old one ends at once."""
    _check_no_rise(caller, frozenset())
    return NewKey.made(*await keys.rotate(key_id, user_of(caller)))


@router.delete("/{key_id}", status_code=204)
async def revoke_key(key_id: str, caller: Viewer, keys: Keys) -> None:
    """End a key at once."""
    _check_no_rise(caller, frozenset())
    await keys.revoke(key_id, user_of(caller))


def _check_no_rise(caller: Subject, scopes: frozenset[Scope]) -> None:
    """Keys are managed by people who signed in, or by keys of the scope `admin`.

    Raises:
        PermissionDeniedError: so it is not.
    """
    if caller.session_id is None and not (Scope.ADMIN in caller.scopes and scopes <= caller.scopes):
        raise PermissionDeniedError("Sign in to manage keys; a key can do it only with the scope admin")
