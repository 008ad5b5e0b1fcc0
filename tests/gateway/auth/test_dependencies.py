from __future__ import annotations

import base64

import pytest
from fastapi.routing import iter_route_contexts

from gateway.app import PUBLIC_ROUTES
from gateway.auth.dependencies import authenticate, authenticate_connection
from gateway.files.endpoints import may_read
from gateway.observability.endpoints import may_read_metrics


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


class TestPresentedKey:
    @pytest.mark.parametrize(
        "headers",
        [
            lambda key: {"authorization": f"Bearer {key}"},
            lambda key: {"authorization": f"bearer   {key} "},
            lambda key: {"x-api-key": key},
            lambda key: {"api-key": key},
            lambda key: {"authorization": "", "x-api-key": key},
            lambda key: {"authorization": basic(f"anyone:{key}")},
        ],
    )
    async def test_a_key_is_taken_from_where_clients_put_it(self, stranger, key, headers):
        assert (await stranger.get("/v1/models", headers=headers(key))).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"authorization": ""},
            {"authorization": "Basic "},
            {"authorization": "Basic !!!"},
            {"authorization": "Basic /////w=="},
            {"authorization": basic("no colon")},
            {"authorization": "Bearer"},
            {"authorization": "Bearer av_wrong"},
            {"authorization": "Digest av_wrong"},
            {"x-api-key": "x" * 5000},
        ],
    )
    async def test_anything_else_is_401(self, stranger, headers):
        answer = await stranger.get("/v1/models", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


GUARDS = {authenticate, authenticate_connection, may_read_metrics, may_read}


def needs(dependant, calls: set) -> bool:
    return dependant.call in calls or any(needs(inner, calls) for inner in dependant.dependencies)


class TestClosedByDefault:
    def test_every_route_but_the_public_ones_needs_a_key(self, gateway):
        routes = [context.route for context in iter_route_contexts(gateway.app.routes)]
        assert len(routes) >= 14, "this test has stopped seeing the routes"
        open_routes = {route.path for route in routes if not needs(route.dependant, GUARDS)}
        assert open_routes == PUBLIC_ROUTES
