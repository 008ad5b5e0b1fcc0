"""Uploads in an endpoint's signature, and the one picture of a request."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from gateway.errors import InvalidRequestError, UnsupportedMediaError
from gateway.uploads.service import UploadService

_FILE = {"schema": {"type": "string", "format": "binary"}}
PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "image/png": _FILE,
            "image/jpeg": _FILE,
            "image/webp": _FILE,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image"],
                    "properties": {"image": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}
"""For an endpoint's description."""


async def sent_file(request: Request) -> bytes:
    """The file of a request: its body, or the file `image` (or `file`) of a form.

    Raises:
        InvalidRequestError, UnsupportedMediaError: there is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("image/") or kind == "application/octet-stream":
        return await request.body()
    if kind == "multipart/form-data":
        async with request.form(max_files=1, max_fields=10) as form:
            file = form.get("image") or form.get("file")
            if isinstance(file, UploadFile):
                return await file.read()
        raise InvalidRequestError("image: the form needs a file of this name", field="image")
    raise UnsupportedMediaError("Send the picture itself (image/…) or a form with the file `image`")


async def upload_service(request: Request) -> UploadService:
    """The application's upload service."""
    return cast(UploadService, request.state.uploads)


Uploads = Annotated[UploadService, Depends(upload_service)]
