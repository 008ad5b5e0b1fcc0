"""What an endpoint asks for is handed to it in the event loop: FastAPI gives a plain function a thread of its own."""

from __future__ import annotations

from inspect import iscoroutinefunction

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from gateway.app import create_app


def calls_of(dependant: Dependant):
    yield dependant.call
    for inner in dependant.dependencies:
        yield from calls_of(inner)


def runs_in_the_loop(call) -> bool:
    return iscoroutinefunction(call) or iscoroutinefunction(call.__call__)


def test_no_endpoint_and_nothing_that_it_depends_on_takes_a_thread(settings):
    routes = [context.route for context in iter_route_contexts(create_app(settings).routes)]
    calls = {
        call
        for route in routes
        if isinstance(route, APIRoute | APIWebSocketRoute)
        for call in calls_of(route.dependant)
    }
    assert len(calls) > 100
    assert [call for call in calls if not runs_in_the_loop(call)] == []
