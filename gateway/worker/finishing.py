"""The file of a job's picture, with the marks of what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from diffusion.events import Pixels
from gateway.provenance.inputs import Parent, parent_of
from gateway.provenance.marking import Marker
from gateway.provenance.seal import SealError
from gateway.storage.data_urls import PARENT, data_in, png_of, read_data_url
from gateway.storage.encoding import Encoding
from gateway.storage.tables import JobRow

log = structlog.stdlib.get_logger("gateway.worker")


class Finishing:
    """Of one job; its input is looked at once."""

    def __init__(self, marker: Marker, job: JobRow) -> None:
        self._marker = marker
        self._job = job
        self._parent: Parent | None = None

    def file(self, pixels: Pixels, encoding: Encoding, recipe: Mapping[str, Any]) -> bytes:
        """The picture's file. An input whose manifest no library can read is kept without it. Slow: for a thread."""
        marker, made_of = self._marker, self._job.input
        given = made_of.get(PARENT) or made_of.get("image")
        if given is None:
            return marker.finish(pixels, encoding, recipe)
        if self._parent is None:
            self._parent = parent_of(data_in("image", given))
        try:
            return marker.finish(pixels, encoding, recipe, [self._parent])
        except SealError as error:
            log.warning("an input's manifest cannot be kept", job_id=self._job.id, reason=str(error))
            self._parent = Parent(png_of(read_data_url("image", given)), self._parent.stated)
            return marker.finish(pixels, encoding, recipe, [self._parent])
