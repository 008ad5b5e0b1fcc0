"""`POST /v1/uploads`: a picture first, then requests that name it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from gateway.auth.dependencies import Maker
from gateway.uploads.dependencies import PICTURE_BODY, Uploads, sent_file
from gateway.uploads.schemas import AddressBody, Upload

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])


@router.post("", status_code=201, openapi_extra=PICTURE_BODY)
async def upload(request: Request, caller: Maker, uploads: Uploads) -> Upload:
    """Keep a picture for a while. It counts among the caller's stored bytes until it expires."""
    return Upload.of(await uploads.add(caller, await sent_file(request)))


@router.post("/by-address", status_code=201)
async def upload_by_address(body: AddressBody, caller: Maker, uploads: Uploads) -> Upload:
    """Fetch a picture from a public address and keep it for a while, as if it had been sent."""
    return Upload.of(await uploads.add(caller, await uploads.fetched(body.address, "address")))


@router.get("/{upload_id}", response_class=Response)
async def get_upload(upload_id: str, caller: Maker, uploads: Uploads) -> Response:
    """The file of an upload, as it came."""
    data, media_type = await uploads.file(upload_id, caller.owner)
    headers = {"cache-control": "no-store", "content-security-policy": "default-src 'none'; sandbox"}
    return Response(data, headers=headers, media_type=media_type)


@router.delete("/{upload_id}", status_code=204)
async def delete_upload(upload_id: str, caller: Maker, uploads: Uploads) -> None:
    """Remove an upload at once."""
    await uploads.delete(upload_id, caller.owner)
