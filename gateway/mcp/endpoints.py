"""`POST /mcp`: the Model Context Protocol, for callers with a key."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from gateway.auth.dependencies import Viewer
from gateway.mcp.server import McpFace

router = APIRouter(tags=["mcp"])


class _Handed(Response):
    """The answer is the library's."""

    def __init__(self, face: McpFace) -> None:
        super().__init__()
        self._face = face

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._face.handle(scope, receive, send)


@router.post("/mcp", include_in_schema=False)
async def mcp(request: Request, caller: Viewer) -> Response:
    """Speak with a language model's client. Tools that make pictures need more than this endpoint does."""
    request.state.caller = caller
    return _Handed(cast(McpFace, request.state.mcp))
