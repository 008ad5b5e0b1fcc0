"""`/v1/quota` for everybody; limits of users and roles for administrators."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from gateway.auth.dependencies import Admin, Viewer
from gateway.auth.subject import Role
from gateway.limits.quota import Limits
from gateway.limits.service import QuotaService
from gateway.quota.schemas import Quota

router = APIRouter(tags=["quota"])


async def _quotas(request: Request) -> QuotaService:
    return cast(QuotaService, request.state.quotas)


Quotas = Annotated[QuotaService, Depends(_quotas)]


@router.get("/v1/quota")
async def my_quota(caller: Viewer, quotas: Quotas) -> Quota:
    """What the caller may use, has used and has left, and when the day's begins anew."""
    return Quota.of(await quotas.standing(caller))


@router.get("/v1/users/{user_id}/quota")
async def quota_of_user(user_id: str, caller: Admin, quotas: Quotas) -> Quota:
    """The same of one user."""
    return Quota.of(await quotas.standing(await quotas.subject_of(user_id)))


@router.get("/v1/roles/{role}/limits")
async def limits_of_role(role: Role, caller: Admin, quotas: Quotas) -> Limits:
    """What everybody of a role may use, where nothing else is set for him."""
    return await quotas.role_limits(role)


@router.put("/v1/roles/{role}/limits")
async def set_limits_of_role(role: Role, body: Limits, caller: Admin, quotas: Quotas) -> Limits:
    """Set that."""
    await quotas.set_role_limits(role, body)
    return await quotas.role_limits(role)
