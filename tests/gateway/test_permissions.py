"""Every endpoint × every kind of caller, against the permission in the endpoint's signature and the docs' table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from gateway.app import PUBLIC_ROUTES
from gateway.auth.dependencies import Permission
from gateway.auth.service import KeyWish
from gateway.auth.subject import Role, Scope
from gateway.files.endpoints import may_read
from gateway.limits import traffic
from gateway.limits.rates import Rate
from gateway.observability.endpoints import may_read_metrics
from tests.gateway.people import access_token, make_user

TABLE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
HEAD = """# Who may do what

Made from the endpoints' own signatures by `tests/gateway/test_permissions.py`, which also tries every line with every
kind of caller. `anyone` needs no key; a role includes those before it (viewer, user, admin); a key needs the scope too.

| method | path | role | scope of a key |
|---|---|---|---|
"""
OWN_RULE = {may_read: ("whoever has the link, or its owner", "read"), may_read_metrics: ("AVILA_METRICS_ACCESS", "any")}


@dataclass(frozen=True)
class Endpoint:
    method: str
    path: str
    role: str
    scope: str

    @property
    def url(self) -> str:
        return re.sub(r"\{[^}]*\}", "nothing", self.path)


def permission_of(dependant) -> tuple[str, str] | None:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Permission):
            return (inner.call.role.value, inner.call.scope.value)
        if inner.call in OWN_RULE:
            return OWN_RULE[inner.call]
        if (found := permission_of(inner)) is not None:
            return found
    return None


def endpoints_of(app) -> list[Endpoint]:
    found = []
    for context in iter_route_contexts(app.routes):
        route = context.route
        if not hasattr(route, "dependant"):
            continue
        role, scope = permission_of(route.dependant) or ("anyone", "")
        for method in sorted(route.methods) if isinstance(route, APIRoute) else ["WebSocket"]:
            found.append(Endpoint(method, route.path, role, scope))
    return sorted(found, key=lambda endpoint: (endpoint.path, endpoint.method))


async def test_the_table_in_the_docs_is_this_one(gateway):
    endpoints = endpoints_of(gateway.app)
    assert len(endpoints) >= 36, "this test has stopped seeing the endpoints"
    lines = [f"| {e.method} | `{e.path}` | {e.role} | {e.scope} |" for e in endpoints]
    text = HEAD + "\n".join(lines) + "\n"
    if not TABLE.exists() or TABLE.read_text() != text:
        TABLE.write_text(text)
        pytest.fail("docs/permissions.md was out of date and has been written anew; look at the difference")


async def test_what_needs_no_key_is_listed_in_one_place(gateway):
    assert {endpoint.path for endpoint in endpoints_of(gateway.app) if endpoint.role == "anyone"} == PUBLIC_ROUTES


@pytest.fixture
def settings(settings):
    """One viewer asks every endpoint there is: more than a person may within a minute."""
    return settings.model_copy(update={"requests_per_minute": 100_000})


@pytest.fixture
async def callers(gateway) -> dict[str, tuple[Role, set[Scope], str]]:
    """Every kind of caller, with what he has."""
    state, callers = gateway._state, {}
    for role in Role:
        user = await make_user(state["database"], role, role.value)
        callers[role.value] = (role, set(Scope), await access_token(state["sessions"], user))
        for scope in Scope:
            wish = KeyWish(f"{role}-{scope}", user.id, frozenset({scope}))
            _, key = await gateway.keys.create(wish)
            callers[f"{role}'s key to {scope}"] = (role, {scope}, key)
    return callers


def is_missing_permission(answer) -> bool:
    return answer.status_code == 403 and "it needs the role" in answer.text


async def test_every_endpoint_lets_those_pass_whom_its_signature_names(gateway, callers, installer, monkeypatch):
    monkeypatch.setattr(traffic, "REFUSED_PER_ADDRESS", Rate(10_000, 60))  # the stranger tries every door
    tried = 0
    endpoints = [e for e in endpoints_of(gateway.app) if e.method != "WebSocket" and e.role in list(Role)]
    for endpoint in endpoints:
        async with gateway.client() as stranger:
            answer = await stranger.request(endpoint.method, endpoint.url, json={})
            assert answer.status_code == 401, endpoint
        for name, (role, scopes, credential) in callers.items():
            if "sign-out" in endpoint.path:
                continue  # it would end the sessions that the other lines need
            async with gateway.client(credential) as client:
                answer = await client.request(endpoint.method, endpoint.url, json={})
            may = role.rank >= Role(endpoint.role).rank and Scope(endpoint.scope) in scopes
            assert answer.status_code != 401, (endpoint, name)
            assert is_missing_permission(answer) != may, (endpoint, name, answer.status_code, answer.text)
            assert answer.status_code < 500, (endpoint, name, answer.text)
            tried += 1
    assert tried >= 280
