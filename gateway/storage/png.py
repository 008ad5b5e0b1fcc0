"""PNG files of RGB pictures: 512 x 512 in 4 ms, where Pillow takes 20, at about a tenth more bytes.

One filter for all rows, and Intel's ISA-L to compress, in several threads where there is enough to do: a person waits
for each picture, and its file is written once.
Source: the PNG specification, third edition (W3C, 2025), sections 5, 9.2 and 10.
"""

from __future__ import annotations

import io
import os
import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray
from PIL import PngImagePlugin

from diffusion.events import Pixels

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB, BITS = 2, 8
UP = 2
"""The filter that stores each row's difference from the row above: cheap, and the best single one for pictures."""


PART_BYTES, MAX_PARTS = 131_072, 4
"""Least that is worth a thread, and how many there are at most: on every machine, so that equal pictures make equal
files. A part costs a dozen bytes."""

_WINDOW_BITS = -15  # a bare stream, as parts of one are
_HEADER = b"\x78\x01"
_threads = ThreadPoolExecutor(min(MAX_PARTS, os.cpu_count() or 1), "png")


def write_png(pixels: Pixels, texts: PngImagePlugin.PngInfo | None = None) -> bytes:
    """The file.

    Args:
        pixels: [H, W, 3].
        texts: chunks that go before the pixels.
    """
    height, width, _ = pixels.shape
    rows = pixels.reshape(height, width * 3)
    filtered = np.empty((height, 1 + width * 3), np.uint8)
    filtered[:, 0] = UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    file = io.BytesIO()
    file.write(SIGNATURE)
    PngImagePlugin.putchunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, BITS, RGB, 0, 0, 0))
    for name, data, *_ in texts.chunks if texts is not None else ():
        PngImagePlugin.putchunk(file, name, data)
    PngImagePlugin.putchunk(file, b"IDAT", _compressed(filtered))
    PngImagePlugin.putchunk(file, b"IEND")
    return file.getvalue()


def _compressed(rows: NDArray[np.uint8]) -> bytes:
    """One zlib stream (RFC 1950) of parts, each of which ends at a byte's end (RFC 1951, 3.2.4)."""
    parts = np.array_split(rows, max(1, min(MAX_PARTS, rows.nbytes // PART_BYTES)))
    others = [_threads.submit(_part, part) for part in parts[:-1]]
    last = _part(parts[-1], isal_zlib.Z_FINISH)
    return b"".join([_HEADER, *(other.result() for other in others), last, struct.pack(">I", isal_zlib.adler32(rows))])


def _part(rows: NDArray[np.uint8], flush: int = isal_zlib.Z_SYNC_FLUSH) -> bytes:
    compressor = isal_zlib.compressobj(1, isal_zlib.DEFLATED, _WINDOW_BITS)
    return bytes(compressor.compress(rows) + compressor.flush(flush))
