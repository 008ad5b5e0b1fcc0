"""What makes maps, in an endpoint's signature."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from gateway.controls.service import MapMaker


async def _maps(request: Request) -> MapMaker:
    return cast(MapMaker, request.state.maps)


Maps = Annotated[MapMaker, Depends(_maps)]
