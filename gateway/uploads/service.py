"""Keeps uploads until they expire, and finds the file of a picture that a request names, or fetches it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from gateway.auth.subject import Subject
from gateway.errors import NotFoundError
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.kit.outbound import Outbound
from gateway.limits.quota import QuotaExceededError
from gateway.limits.service import QuotaService
from gateway.observability.metrics import Metrics
from gateway.storage.data_urls import data_in, opened
from gateway.storage.database import Database
from gateway.storage.images import BlobMissingError, ImageStore
from gateway.storage.sweep import Sweeper
from gateway.storage.tables import UploadRow
from gateway.uploads.repository import UploadRepository

FIELD = "image"
MEDIA_TYPES = {"PNG": "image/png", "WEBP": "image/webp"}
"""By Pillow's names; JPEG has several there."""


@dataclass(frozen=True, slots=True)
class Source:
    """The file of a picture that goes into a request.

    Attributes:
        id: of the upload or of the gallery's picture; None when the request brought the file itself.
    """

    data: bytes
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """How pictures come in.

    Attributes:
        lifetime: of an upload.
        outbound: fetches what requests name by an address.
        max_bytes: of what one request may have fetched.
    """

    lifetime: timedelta
    outbound: Outbound
    max_bytes: int


class UploadService:
    """See the module."""

    def __init__(
        self,
        database: Database,
        images: ImageStore,
        clock: Clock,
        quotas: QuotaService,
        metrics: Metrics,
        intake: Intake,
    ) -> None:
        self._database = database
        self._images = images
        self._clock = clock
        self._quotas = quotas
        self._metrics = metrics
        self._intake = intake
        self._sweeper = Sweeper(database, images, clock)

    async def add(self, caller: Subject, data: bytes) -> UploadRow:
        """Keep a picture.

        Raises:
            InvalidFieldError: it is none, or too large.
            QuotaExceededError: it does not fit in what the caller may store.
        """
        picture = await asyncio.to_thread(opened, FIELD, data)
        now = self._clock.now()
        row = UploadRow(
            id=new_id("upl", now),
            owner=caller.owner,
            blob=await self._images.put(data),
            media_type=MEDIA_TYPES.get(str(picture.format), "image/jpeg"),
            width=picture.width,
            height=picture.height,
            size_bytes=len(data),
            created_at=now,
            expires_at=now + self._intake.lifetime,
        )
        try:
            async with self._database.transaction() as session:
                allowance = await self._quotas.allowance(caller, session)
                await self._quotas.check_bytes(session, allowance, row.size_bytes)
                UploadRepository(session).add(row)
        except QuotaExceededError as error:
            self._metrics.quota_refusals.labels(error.quota).inc()
            raise
        return row

    async def fetched(self, address: str, field: str) -> bytes:
        """What lies at an address. Raises InvalidRequestError, naming `field`: it cannot be had, or is too large."""
        return await self._intake.outbound.fetch(address, field, self._intake.max_bytes)

    async def file(self, upload_id: str, owner: str) -> tuple[bytes, str]:
        """An upload's bytes and media type. Raises NotFoundError."""
        async with self._database.reading() as session:
            row = await UploadRepository(session).get(upload_id, owner, self._clock.now())
        if row is None:
            raise _no_upload(upload_id)
        try:
            return await self._images.get(row.blob), row.media_type
        except BlobMissingError:  # deleted in this moment
            raise _no_upload(upload_id) from None

    async def delete(self, upload_id: str, owner: str) -> None:
        """Remove an upload before it expires; jobs that were made of it have their own copy. Raises NotFoundError."""
        async with self._database.transaction() as session:
            uploads = UploadRepository(session)
            if await uploads.get(upload_id, owner, self._clock.now()) is None:
                raise _no_upload(upload_id)
            blobs = await uploads.delete([upload_id])
        await self._sweeper.remove(blobs)

    async def source(self, owner: str, field: str, text: str, max_bytes: int | None = None) -> Source:
        """The picture that a field of a request names: a data URL, an address, the id of an upload, or of the gallery.

        Args:
            max_bytes: of what is fetched from an address; without it, what one request may bring.

        Raises:
            NotFoundError: there is none of that id, it has expired, or it is somebody else's: the answer does not say.
            InvalidFieldError: it is none of these.
            InvalidRequestError: it could not be fetched, or is too large.
        """
        if is_address(text):
            limit = self._intake.max_bytes if max_bytes is None else max_bytes
            return Source(await self._intake.outbound.fetch(text, field, limit))
        if not text.startswith(("upl_", "img_")):
            return Source(await asyncio.to_thread(data_in, field, text))
        return await self._kept(owner, field, text)

    async def sources(self, owner: str, named: Mapping[str, str]) -> dict[str, Source]:
        """The same for several fields, which together may fetch what one request may bring. Raises as `source`."""
        found: dict[str, Source] = {}
        left = self._intake.max_bytes
        for field, text in named.items():
            found[field] = await self.source(owner, field, text, left)
            if is_address(text):
                left -= len(found[field].data)
        return found

    async def _kept(self, owner: str, field: str, text: str) -> Source:
        missing = NotFoundError(f"{field}: you have no picture {text[:60]!r}; an upload may have expired", field=field)
        async with self._database.reading() as session:
            uploads = UploadRepository(session)
            if text.startswith("upl_"):
                row = await uploads.get(text, owner, self._clock.now())
                blob = None if row is None else row.blob
            else:
                blob = await uploads.gallery_blob(text, owner)
        if blob is None:
            raise missing
        try:
            return Source(await self._images.get(blob), text)
        except BlobMissingError:  # deleted in this moment
            raise missing from None


def _no_upload(upload_id: str) -> NotFoundError:
    return NotFoundError(f"There is no upload {upload_id[:60]!r}")


def is_address(text: str) -> bool:
    """Whether a picture is named by where it lies."""
    return text[:8].lower().startswith(("http://", "https://"))
