"""`GET /v1/loras`: the low-rank additions that requests may name."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from gateway.auth.dependencies import Viewer
from gateway.models.dependencies import InstalledLoras
from gateway.models.schemas import LoraFile

router = APIRouter(prefix="/v1/loras", tags=["models"])


@router.get("")
async def list_loras(caller: Viewer, loras: InstalledLoras) -> list[LoraFile]:
    """Every LoRA, with the words that call its effect up; one that cannot be used says why."""
    found = await asyncio.to_thread(loras.list)
    return [LoraFile.of(name, header) for name, header in found.items()]
