"""`POST /v1/provenance/verify`: anybody may ask whether a picture is marked as generated, and how it was made."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request

from gateway.errors import InvalidRequestError
from gateway.limits.traffic import Traffic
from gateway.provenance.reading import uploaded
from gateway.provenance.schemas import Verification
from gateway.provenance.service import ProvenanceService
from gateway.uploads.dependencies import PICTURE_BODY, sent_file

router = APIRouter(prefix="/v1/provenance", tags=["provenance"])
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **PICTURE_BODY["requestBody"]["content"],
            "application/json": {
                "schema": {"type": "object", "required": ["image"], "properties": {"image": {"type": "string"}}}
            },
        },
    }
}


async def sent_picture(request: Request) -> bytes:
    """The picture of a request: its body, the file `image` of a form, or base64 in JSON.

    Raises:
        InvalidRequestError, UnsupportedMediaError: there is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return await sent_file(request)
    try:
        body = await request.json()
    except ValueError:
        raise InvalidRequestError("The body is not valid JSON") from None
    image = body.get("image") if isinstance(body, dict) else None
    if not isinstance(image, str):
        raise InvalidRequestError("image: expected a picture in base64 or as a data URL", field="image")
    return uploaded(image)


@router.post("/verify", openapi_extra=_BODY)
async def verify(request: Request, data: Annotated[bytes, Depends(sent_picture)]) -> Verification:
    """Which layers of marking a picture has, and the recipe it holds, whoever made it. Nothing is kept."""
    traffic = cast(Traffic, request.state.traffic)
    await traffic.count_unknown("" if request.client is None else request.client.host)
    return Verification.of(await cast(ProvenanceService, request.state.provenance).verify(data))
