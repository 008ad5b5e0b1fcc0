"""This surface's service in an endpoint's signature."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from gateway.a1111.service import A1111Service


async def _service(request: Request) -> A1111Service:
    return cast(A1111Service, request.state.a1111)


Service = Annotated[A1111Service, Depends(_service)]
