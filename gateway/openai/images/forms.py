"""The bodies of edits and variations: forms with files, or JSON that names pictures."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from gateway.errors import InvalidRequestError, UnsupportedMediaError
from gateway.jobs.dependencies import hash_of_body
from gateway.openai.images.schemas import EditBody, ImagesBody, VariationBody
from gateway.uploads.service import Source, UploadService

B = TypeVar("B", bound=ImagesBody)
MAX_PICTURES = 16
MAX_FIELDS = 60
IMAGE, MASK = "image", "mask"
_IMAGE_NAME = re.compile(r"images?(\[[0-9]*\])?")
_NAMED = re.compile(r"data:|upl_|img_|[a-z]{1,10}://", re.IGNORECASE)
_FILE = {"type": "string", "format": "binary"}


def _form(body: type[ImagesBody], *, has_json: bool) -> dict[str, Any]:
    fields = body.model_json_schema()["properties"]
    files: dict[str, Any] = {IMAGE: _FILE, **({MASK: _FILE} if has_json else {})}
    form = {"type": "object", "required": [IMAGE], "properties": {**fields, **files}}
    content: dict[str, Any] = {"multipart/form-data": {"schema": form}}
    if has_json:
        named = {"type": "array", "items": {"type": "object"}, "maxItems": MAX_PICTURES}
        properties = {**fields, "images": named, MASK: {"type": "object"}}
        content["application/json"] = {"schema": {"type": "object", "required": ["images"], "properties": properties}}
    return {"requestBody": {"required": True, "content": content}}


EDIT_FORM = _form(EditBody, has_json=True)
VARIATION_FORM = _form(VariationBody, has_json=False)


@dataclass(frozen=True, slots=True)
class Given(Generic[B]):
    """What was sent: its fields, and the files of its pictures.

    Attributes:
        hashed: recognises the same sent again.
        images, mask: empty and None for a request without pictures.
    """

    body: B
    hashed: str
    images: Sequence[Source] = field(default_factory=list)
    mask: Source | None = None

    @property
    def sources(self) -> dict[str, str]:
        """The ids of the pictures that were named by one."""
        used = {IMAGE: self.images[0] if self.images else None, MASK: self.mask}
        return {name: source.id for name, source in used.items() if source is not None and source.id is not None}


async def read_form(request: Request, kind: type[B], uploads: UploadService, owner: str) -> Given[B]:
    """Read a body of either form.

    Raises:
        InvalidRequestError, RequestValidationError, UnsupportedMediaError, NotFoundError: it cannot be understood.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        fields, images, mask = await _multipart(request)
    elif media_type == "application/json":
        fields, images, mask = await _json(request, uploads, owner)
    else:
        raise UnsupportedMediaError("Send multipart/form-data with the file `image`, or application/json")
    if not images:
        raise InvalidRequestError("image: a picture is needed, PNG, JPEG or WebP", field=IMAGE)
    if len(images) > MAX_PICTURES:
        raise InvalidRequestError(f"image: at most {MAX_PICTURES} pictures may be sent", field=IMAGE)
    try:
        body = kind.model_validate(fields)
    except ValidationError as error:
        found = [{**detail, "loc": ("body", *detail["loc"])} for detail in error.errors(include_url=False)]
        raise RequestValidationError(found) from None
    pictures = images if mask is None else [*images, mask]
    hashed = await asyncio.to_thread(_hash, body, [source.data for source in pictures])
    return Given(body, hashed, images, mask)


def _hash(body: ImagesBody, files: Sequence[bytes]) -> str:
    names = [hashlib.sha256(data).hexdigest() for data in files]
    return hash_of_body(type(body).__name__, {**body.model_dump(mode="json"), "files": names})


async def _multipart(request: Request) -> tuple[dict[str, Any], list[Source], Source | None]:
    """Fields that are empty count as left out: a form has no null."""
    fields: dict[str, Any] = {}
    images: list[Source] = []
    mask: Source | None = None
    async with request.form(max_files=MAX_PICTURES + 1, max_fields=MAX_FIELDS) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                source = Source(await value.read())
                if name == MASK:
                    mask = source
                elif _IMAGE_NAME.fullmatch(name):
                    images.append(source)
            elif value not in ("", "null"):
                fields[name] = value
    return fields, images, mask


async def _json(
    request: Request, uploads: UploadService, owner: str
) -> tuple[dict[str, Any], list[Source], Source | None]:
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        raise InvalidRequestError("The body is not valid JSON") from None
    if not isinstance(body, dict):
        raise InvalidRequestError("The body must be a JSON object, sent as application/json")
    named = body.get("images") or body.get(IMAGE) or []
    named = named if isinstance(named, list) else [named]
    if len(named) > MAX_PICTURES:
        raise InvalidRequestError(f"images: at most {MAX_PICTURES} pictures may be sent", field="images")
    texts = {f"images[{number}]": one for number, one in enumerate(named)}
    if body.get(MASK) is not None:
        texts[MASK] = body[MASK]
    sources = await uploads.sources(owner, {name: _text_of(name, one) for name, one in texts.items()})
    mask = sources.pop(MASK, None)
    fields = {name: value for name, value in body.items() if name not in (IMAGE, "images", MASK)}
    return fields, list(sources.values()), mask


def _text_of(name: str, given: Any) -> str:
    """How a picture is named: as text or as OpenAI's object, with a data URL, an address, bare base64 or an id."""
    if isinstance(given, Mapping):
        inner = given.get("image_url") or given.get("file_id") or given.get("url") or given.get("b64_json")
        given = inner.get("url") if isinstance(inner, Mapping) else inner
    if not isinstance(given, str) or not given:
        raise InvalidRequestError(
            f"{name}: expected an object with image_url (a data URL or an address) or file_id (of an upload)",
            field=name,
        )
    return given if _NAMED.match(given) else f"data:image/png;base64,{given}"
