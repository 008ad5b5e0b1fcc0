"""The files that a picture was made from, and what they say of themselves. Slow work: call it in a thread."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image

from gateway.errors import InvalidRequestError
from gateway.provenance.reading import texts_of
from gateway.provenance.watermark import read
from gateway.provenance.xmp import SourceType, source_type_in


@dataclass(frozen=True, slots=True)
class Parent:
    """A picture's file as it was sent. Its own C2PA manifest, if it has one, is kept with it in the new one.

    Attributes:
        stated: what its other marks say, which the new manifest repeats: a file that lost its manifest keeps them.
    """

    data: bytes
    stated: str = ""


def parent_of(data: bytes) -> Parent:
    """With what its XMP and its watermark say."""
    said = []
    try:
        kind = source_type_in(texts_of(data).xmp)
    except InvalidRequestError:  # it was read as a picture before; its texts may be of any kind
        kind = None
    if kind in tuple(SourceType):
        said.append(f"XMP: {kind}")
    with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as picture:
        warnings.simplefilter("ignore")
        mark = read(np.asarray(picture.convert("RGB")))
    if mark is not None:
        said.append(f"watermark: {mark.id:08x}")
    return Parent(data, f"AI-marked ({'; '.join(said)})" if said else "")
