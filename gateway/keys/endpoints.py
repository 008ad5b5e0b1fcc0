"""`/v1/keys`: everybody's own keys; `/v1/admin/keys`: everybody's, for administrators."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request

from gateway.accounts.dependencies import user_of
from gateway.auth.dependencies import Admin, Viewer
from gateway.auth.service import KeyService, KeyWish
from gateway.auth.subject import Scope, Subject
from gateway.errors import PermissionDeniedError
from gateway.keys.schemas import Key, KeyBody, KeyList, NewKey, OwnedKey

router = APIRouter(tags=["keys"])


async def _keys(request: Request) -> KeyService:
    return cast(KeyService, request.state.keys)


Keys = Annotated[KeyService, Depends(_keys)]


@router.get("/v1/keys")
async def list_keys(caller: Viewer, keys: Keys) -> list[Key]:
    """The caller's keys, revoked ones too."""
    return [Key.of(info) for info in await keys.list(user_of(caller))]


@router.post("/v1/keys", status_code=201)
async def create_key(body: KeyBody, caller: Viewer, keys: Keys) -> NewKey:
    """A new key. A key can make no key that may do more than itself."""
    _check_no_rise(caller, body.scopes)
    wish = KeyWish(body.name, user_of(caller), body.scopes, body.policy, body.expires_at)
    return NewKey.made(*await keys.create(wish))


@router.post("/v1/keys/{key_id}/rotate", status_code=201)
async def rotate_key(key_id: str, caller: Viewer, keys: Keys) -> NewKey:
    """Replace a key: the same name and bounds, another secret; the old one ends at once."""
    _check_no_rise(caller, frozenset())
    return NewKey.made(*await keys.rotate(key_id, user_of(caller)))


@router.delete("/v1/keys/{key_id}", status_code=204)
async def revoke_key(key_id: str, caller: Viewer, keys: Keys) -> None:
    """End a key at once."""
    _check_no_rise(caller, frozenset())
    await keys.revoke(key_id, user_of(caller))


@router.get("/v1/admin/keys")
async def list_all_keys(
    caller: Admin,
    keys: Keys,
    user: Annotated[str | None, Query(max_length=40)] = None,
    after: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> KeyList:
    """Everybody's keys and the installation's own, revoked ones too, oldest first; of one user if named."""
    found = await keys.list(user, after, limit + 1)
    owners = await keys.owners(found[:limit])
    shown = [OwnedKey.owned(info, owners.get(info.user_id or "")) for info in found[:limit]]
    return KeyList(results=shown, next=shown[-1].id if len(found) > limit else None)


@router.delete("/v1/admin/keys/{key_id}", status_code=204)
async def revoke_any_key(key_id: str, caller: Admin, keys: Keys) -> None:
    """End anybody's key at once."""
    await keys.revoke_id(key_id)


def _check_no_rise(caller: Subject, scopes: frozenset[Scope]) -> None:
    """Keys are managed by people who signed in, or by keys of the scope `admin`.

    Raises:
        PermissionDeniedError: so it is not.
    """
    if caller.session_id is None and not (Scope.ADMIN in caller.scopes and scopes <= caller.scopes):
        raise PermissionDeniedError("Sign in to manage keys; a key can do it only with the scope admin")
