"""`GET /files/{image_id}`: with the link's signature, or with a key of the image's owner."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, Field

from gateway.auth.dependencies import authenticate
from gateway.files.dependencies import Files
from gateway.files.service import slice_of
from gateway.storage.thumbnails import MEDIA_TYPE

router = APIRouter(tags=["files"])
MAX_AGE_S = 86_400


class LinkPermit(BaseModel):
    """What a signed link brings."""

    expires: Annotated[int | None, Field(ge=0, le=2**40)] = None
    signature: Annotated[str, Field(max_length=64)] = ""


class FileWish(BaseModel):
    """What of the file is wanted."""

    range: Annotated[str | None, Field(max_length=100)] = None
    if_none_match: Annotated[str, Field(max_length=200)] = ""


async def may_read(image_id: str, request: Request, files: Files, permit: Annotated[LinkPermit, Query()]) -> str | None:
    """Whose images this caller may read: with a valid link to this one, anybody's (None); else his own."""
    if permit.expires is None:
        return (await authenticate(request)).owner
    files.check(image_id, permit.expires, permit.signature)
    return None


@router.head("/files/{image_id}", include_in_schema=False)
@router.get("/files/{image_id}", response_class=Response)
async def get_file(
    image_id: str,
    request: Request,
    files: Files,
    owner: Annotated[str | None, Depends(may_read)],
    wish: Annotated[FileWish, Header()],
) -> Response:
    """A picture's bytes, or a part of them."""
    row = await files.find(image_id, owner)
    headers = _headers(row.blob, f"{row.id}.{row.media_type.partition('/')[2]}") | {"accept-ranges": "bytes"}
    if headers["etag"] in wish.if_none_match:
        return Response(status_code=304, headers=headers)
    part = slice_of(wish.range, row.size_bytes)
    if not part.is_whole:
        headers["content-range"] = f"bytes {part.start}-{part.end - 1}/{part.size}"
    status = 200 if part.is_whole else 206
    if request.method == "HEAD":
        headers["content-length"] = str(part.end - part.start)
        return Response(status_code=status, headers=headers, media_type=row.media_type)
    return Response(await files.read(row, part), status, headers, row.media_type)


@router.get("/files/{image_id}/thumbnail", response_class=Response)
async def get_thumbnail(
    image_id: str,
    request: Request,
    files: Files,
    owner: Annotated[str | None, Depends(may_read)],
    wish: Annotated[FileWish, Header()],
) -> Response:
    """A small WebP of the picture."""
    row = await files.find(image_id, owner)
    headers = _headers(f"{row.blob}-thumbnail", f"{row.id}-thumbnail.webp")
    if headers["etag"] in wish.if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(await files.thumbnail(row), headers=headers, media_type=MEDIA_TYPE)


def _headers(etag: str, name: str) -> dict[str, str]:
    return {
        "etag": f'"{etag}"',
        "cache-control": f"private, max-age={MAX_AGE_S}, immutable",
        "content-disposition": f'inline; filename="{name}"',
        "content-security-policy": "default-src 'none'; sandbox",
    }
