"""Marks of this installation: which are written, and what is found in any picture."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from PIL import Image

from gateway.auth.signing import Signer
from gateway.errors import InvalidRequestError
from gateway.kit.clock import Clock
from gateway.provenance.certificate import Certificate, load_certificate, make_certificate
from gateway.provenance.importing import Imported, imported
from gateway.provenance.marking import Marker
from gateway.provenance.reading import Texts, read_texts
from gateway.provenance.repository import CertificateRepository
from gateway.provenance.seal import Seal, SealFound, read_seal
from gateway.provenance.watermark import Mark, read
from gateway.provenance.xmp import SourceType, source_type_in
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.encoding import Encoding
from gateway.storage.tables import CertificateRow

MAX_PIXELS = 50_000_000
READERS = 2
"""Pictures that are looked at or rewritten at once: each may hold some hundred megabytes for a moment."""

DEVELOPMENT = "development"
log = structlog.stdlib.get_logger("gateway.provenance")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a picture tells, layer by layer."""

    texts: Texts
    seal: SealFound | None
    source_type: str | None
    mark: Mark | None
    is_ours: bool
    recipe: Imported | None

    @property
    def verdict(self) -> str:
        """`made_here`, `generated`, `altered` (a broken seal) or `unknown`; the absence of marks proves nothing."""
        if self.mark is not None and self.is_ours:
            return "made_here"
        if self.seal is not None and self.seal.state == "invalid":
            return "altered"
        says_so = self.source_type in tuple(SourceType)
        sealed = self.seal is not None and any(kind in tuple(SourceType) for kind in self.seal.source_types)
        return "generated" if self.mark is not None or says_so or sealed or self.recipe is not None else "unknown"


class ProvenanceService:
    """Reads marks; `marker` writes them."""

    def __init__(self, marker: Marker, watermark_id: int, anchors: str) -> None:
        self.marker = marker
        self._watermark_id = watermark_id
        self._anchors = anchors
        self._reading = asyncio.Semaphore(READERS)

    async def verify(self, data: bytes) -> Findings:
        """Look for every mark.

        Raises:
            InvalidRequestError: it is no picture, or too large to look at.
        """
        texts = await read_texts(data)
        if texts.width * texts.height > MAX_PIXELS:
            raise InvalidRequestError(f"image: at most {MAX_PIXELS} pixels can be looked at", field="image")
        async with self._reading:
            seal = await asyncio.to_thread(read_seal, data, f"image/{texts.format.lower()}", self._anchors)
            mark = await asyncio.to_thread(_watermark_in, data)
        is_ours = mark is not None and mark.id == self._watermark_id
        return Findings(texts, seal, source_type_in(texts.xmp), mark, is_ours, imported(texts))

    async def rewrite(self, data: bytes, encoding: Encoding, recipe: Mapping[str, Any]) -> bytes:
        """Another file of a picture that was made here, see `Marker.rewrite`. Raises SealError."""
        async with self._reading:
            return await asyncio.to_thread(self.marker.rewrite, data, encoding, recipe)


async def make_provenance(settings: Settings, database: Database, clock: Clock, secret: str) -> ProvenanceService:
    """The service, with what the settings want.

    Raises:
        CertificateError: the operator's certificate cannot be used.
    """
    certificate = await _certificate(settings, database, clock)
    if certificate.is_development and settings.c2pa:
        log.info("pictures are signed with this installation's development certificate")
    off = [name for name in ("watermark", "xmp", "c2pa") if not getattr(settings, name)]
    if off:
        log.warning("pictures leave without some of the marks that say they were generated", off=off)
    watermark_id = int.from_bytes(hashlib.sha256(Signer(secret, "watermark").key).digest()[:4], "big")
    seal = Seal(certificate, settings.c2pa_timestamp_url) if settings.c2pa else None
    marker = Marker(watermark_id if settings.watermark else None, settings.xmp, seal)
    anchors = [certificate.issuer]
    if settings.c2pa_trust_file is not None:
        anchors.append(await asyncio.to_thread(settings.c2pa_trust_file.read_text))
    return ProvenanceService(marker, watermark_id, "\n".join(anchors))


async def _certificate(settings: Settings, database: Database, clock: Clock) -> Certificate:
    files: tuple[Path | None, Path | None] = (settings.c2pa_certificate_file, settings.c2pa_key_file)
    if files[0] is not None and files[1] is not None:
        return await asyncio.to_thread(load_certificate, files[0], files[1], clock.now())
    async with database.reading() as session:
        row = await CertificateRepository(session).get(DEVELOPMENT)
    if row is None:
        made = await asyncio.to_thread(make_certificate, clock.now())
        values: dict[str, Any] = {"chain": made.chain, "key": made.key, "algorithm": made.algorithm}
        async with database.transaction() as session:
            fresh = CertificateRow(name=DEVELOPMENT, created_at=clock.now(), **values)
            row = await CertificateRepository(session).get_or_set(fresh)
    return Certificate(row.chain, row.key, row.algorithm, is_development=True)


def _watermark_in(data: bytes) -> Mark | None:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return read(np.asarray(picture.convert("RGB")))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise InvalidRequestError("image: the picture cannot be decoded", field="image") from None
