"""`POST /v1/uploads`: a picture first, then requests that name it."""

from __future__ import annotations

from fastapi import APIRouter, Request

from gateway.auth.dependencies import Maker
from gateway.uploads.dependencies import PICTURE_BODY, Uploads, sent_file
from gateway.uploads.schemas import Upload

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])


@router.post("", status_code=201, openapi_extra=PICTURE_BODY)
async def upload(request: Request, caller: Maker, uploads: Uploads) -> Upload:
    """Keep a picture for a while. It counts among the caller's stored bytes until it expires."""
    return Upload.of(await uploads.add(caller, await sent_file(request)))


@router.delete("/{upload_id}", status_code=204)
async def delete_upload(upload_id: str, caller: Maker, uploads: Uploads) -> None:
    """Remove an upload at once."""
    await uploads.delete(upload_id, caller.owner)
