"""`/v1/safety` for everybody; rules and roles' policies for administrators."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from gateway.auth.dependencies import Admin, Viewer
from gateway.auth.subject import Role
from gateway.safety.policy import SafetyPolicy
from gateway.safety.schemas import Matched, RuleBody, Safety, SafetyRule, TextBody
from gateway.safety.service import SafetyService

router = APIRouter(tags=["safety"])


async def _safety(request: Request) -> SafetyService:
    return cast(SafetyService, request.state.safety)


Service = Annotated[SafetyService, Depends(_safety)]


@router.get("/v1/safety")
async def my_safety(caller: Viewer, safety: Service) -> Safety:
    """What happens to the caller's prompts and pictures."""
    policy = await safety.policy(caller.role)
    return Safety(prompts=policy.prompts, pictures=policy.pictures, has_checker=safety.has_checker)


@router.get("/v1/roles/{role}/safety")
async def policy_of_role(role: Role, caller: Admin, safety: Service) -> SafetyPolicy:
    """What happens to the prompts and pictures of everybody of a role."""
    return await safety.policy(role)


@router.put("/v1/roles/{role}/safety")
async def set_policy_of_role(role: Role, body: SafetyPolicy, caller: Admin, safety: Service) -> SafetyPolicy:
    """Set that, from the next request on."""
    await safety.set_policy(role, body)
    return await safety.policy(role)


@router.get("/v1/safety/rules")
async def list_rules(caller: Admin, safety: Service) -> list[SafetyRule]:
    """Every rule about prompts, oldest first."""
    return [SafetyRule.of(row) for row in await safety.rules()]


@router.post("/v1/safety/rules", status_code=201)
async def add_rule(body: RuleBody, caller: Admin, safety: Service) -> SafetyRule:
    """A new rule, from the next request on."""
    return SafetyRule.of(await safety.add_rule(body.label, body.words, caller.owner))


@router.delete("/v1/safety/rules/{rule_id}", status_code=204)
async def remove_rule(rule_id: str, caller: Admin, safety: Service) -> None:
    """Take a rule back."""
    await safety.remove_rule(rule_id)


@router.post("/v1/safety/rules/match")
async def match_rules(body: TextBody, caller: Admin, safety: Service) -> Matched:
    """Which rule a prompt would match; nothing is made."""
    rule = await safety.matching(body.text)
    return Matched(rule=None if rule is None else rule.id, label=None if rule is None else rule.label)
