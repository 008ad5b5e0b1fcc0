"""`/v1/history`, `/v1/tags` and `/v1/albums`: everybody's own pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway.auth.dependencies import Maker, Viewer
from gateway.files.dependencies import Links
from gateway.history.archive import zipped
from gateway.history.recipe import Making
from gateway.history.schemas import (
    Album,
    AlbumBody,
    AlbumChange,
    CopyWish,
    Count,
    Picture,
    PictureBody,
    PictureList,
    SelectionBody,
    TagCount,
)
from gateway.history.service import HistoryService
from gateway.provenance.recipe import recipe_of
from gateway.provenance.service import ProvenanceService
from gateway.storage.encoding import Encoding
from gateway.storage.images import ImageStore
from gateway.storage.tables import ImageRow

router = APIRouter(tags=["history"])


async def _history(request: Request) -> HistoryService:
    return cast(HistoryService, request.state.history)


History = Annotated[HistoryService, Depends(_history)]


@router.get("/v1/history")
async def search(
    caller: Viewer,
    history: History,
    link: Links,
    query: Annotated[str, Query(max_length=500)] = "",
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> PictureList:
    """The caller's pictures, youngest first; `query` narrows them (`model:x steps:>20 "red apple" is:favourite`)."""
    found = await history.search(caller.owner, query, before, limit)
    pictures = [Picture.of(row, found.tags[row.id], found.makings[row.job_id], link) for row in found.images]
    return PictureList(results=pictures, next=found.next_cursor)


@router.get("/v1/history/{image_id}")
async def get_picture(image_id: str, caller: Viewer, history: History, link: Links) -> Picture:
    """One picture."""
    return Picture.of(*await history.get(image_id, caller.owner), link)


@router.patch("/v1/history/{image_id}")
async def mark_picture(image_id: str, body: PictureBody, caller: Maker, history: History, link: Links) -> Picture:
    """Make it a favourite, rate it, or replace its tags."""
    values = body.model_dump(exclude_none=True, exclude={"tags"})
    return Picture.of(*await history.change(image_id, caller.owner, values, body.tags), link)


@router.delete("/v1/history/{image_id}", status_code=204)
async def trash_picture(image_id: str, caller: Maker, history: History) -> None:
    """Throw it away; it can be taken back for a while."""
    await history.get(image_id, caller.owner)
    await history.trash([image_id], caller.owner)


@router.get("/v1/history/{image_id}/copy", response_class=Response)
async def copy_picture(
    image_id: str, request: Request, caller: Viewer, history: History, wish: Annotated[CopyWish, Query()]
) -> Response:
    """The picture as a file of another format, with or without its recipe. The marks of what made it stay in it."""
    row, _, making = await history.get(image_id, caller.owner)
    recipe = recipe_of(making.input, row.model, row.fingerprint, row.seed, row.index)
    encoding = Encoding(wish.format, wish.quality, wish.recipe)
    data = await cast(ImageStore, request.state.images).get(row.blob)
    file = await cast(ProvenanceService, request.state.provenance).rewrite(data, encoding, recipe)
    headers = {"content-disposition": f'attachment; filename="{row.id}.{encoding.format}"', "cache-control": "no-store"}
    return Response(file, headers=headers, media_type=encoding.media_type)


@router.post("/v1/history/trash")
async def trash_pictures(body: SelectionBody, caller: Maker, history: History) -> Count:
    """Throw some away."""
    return Count(count=await history.trash(body.ids, caller.owner))


@router.post("/v1/history/restore")
async def restore_pictures(body: SelectionBody, caller: Maker, history: History) -> Count:
    """Take some back."""
    return Count(count=await history.restore(body.ids, caller.owner))


@router.post("/v1/history/empty-trash")
async def empty_trash(caller: Maker, history: History) -> Count:
    """Remove for good what was thrown away."""
    return Count(count=await history.empty_trash(caller.owner))


@router.post("/v1/history/zip", response_class=StreamingResponse)
async def download(body: SelectionBody, request: Request, caller: Viewer, history: History) -> StreamingResponse:
    """Some pictures with their recipes as one zip, streamed."""
    pictures = await history.some(body.ids, caller.owner)
    chunks = zipped(_each(pictures), cast(ImageStore, request.state.images))
    headers = {"content-disposition": 'attachment; filename="avila-images.zip"'}
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)


@router.get("/v1/tags")
async def list_tags(caller: Viewer, history: History) -> list[TagCount]:
    """The caller's tags, most used first."""
    return [TagCount(tag=tag, count=count) for tag, count in await history.tags(caller.owner)]


@router.get("/v1/albums")
async def list_albums(caller: Viewer, history: History) -> list[Album]:
    """The caller's albums."""
    return [Album.of(row, count) for row, count in await history.albums(caller.owner)]


@router.post("/v1/albums", status_code=201)
async def add_album(body: AlbumBody, caller: Maker, history: History) -> Album:
    """A new album; its pictures are found with `album:NAME`."""
    return Album.of(await history.add_album(caller.owner, body.name), 0)


@router.patch("/v1/albums/{album_id}", status_code=204)
async def change_album(album_id: str, body: AlbumChange, caller: Maker, history: History) -> None:
    """Put pictures in, or take some out."""
    await history.change_album(album_id, caller.owner, body.add, body.remove)


@router.delete("/v1/albums/{album_id}", status_code=204)
async def delete_album(album_id: str, caller: Maker, history: History) -> None:
    """Remove an album; its pictures stay."""
    await history.delete_album(album_id, caller.owner)


async def _each(pictures: Sequence[tuple[ImageRow, Making]]) -> AsyncIterator[tuple[ImageRow, Making]]:
    for picture in pictures:
        yield picture
