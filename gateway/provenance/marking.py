"""From pixels to the file that leaves: watermark, then the file with recipe and XMP, then the seal, in this order.

The recipe belongs to the maker, who may leave it out; the marks that say "generated" do not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, PngImagePlugin

from diffusion.events import Pixels
from gateway.provenance.infotext import infotext
from gateway.provenance.inputs import Parent, parent_of
from gateway.provenance.reading import texts_of
from gateway.provenance.recipe import KEYWORD, SOFTWARE
from gateway.provenance.seal import Seal, read_seal
from gateway.provenance.watermark import embed
from gateway.provenance.xmp import SourceType, packet, source_type_in
from gateway.storage.data_urls import pixels_of
from gateway.storage.encoding import Encoding, ImageFormat, encode

MAX_SEGMENT = 60_000
"""Bytes of a JPEG's EXIF or XMP: a segment holds 65533."""


@dataclass(frozen=True, slots=True)
class Marker:
    """The operator's switches and what they need. Slow work: call `finish` in a thread.

    Attributes:
        watermark_id: what the watermark says, or None for none.
        writes_xmp: whether files state their digital source type.
        seal: signs the files, or None.
    """

    watermark_id: int | None = None
    writes_xmp: bool = False
    seal: Seal | None = None

    def finish(
        self, pixels: Pixels, encoding: Encoding, recipe: Mapping[str, Any], parents: Sequence[Parent] = ()
    ) -> bytes:
        """The file of a picture.

        Args:
            pixels: as the decoder made them.
            encoding: the file's format, and whether the recipe goes in.
            recipe: see `gateway.provenance.recipe`.
            parents: what the picture was made from.

        Raises:
            SealError: it cannot be signed.
        """
        source = SourceType.COMPOSITE if parents else SourceType.GENERATED
        marked = pixels if self.watermark_id is None else embed(pixels, self.watermark_id)
        shown = recipe if encoding.has_recipe else None
        data = encode(marked, encoding, self._texts(encoding.format, shown, source))
        return data if self.seal is None else self.seal.sign(data, encoding.media_type, source, parents)

    def rewrite(self, data: bytes, encoding: Encoding, recipe: Mapping[str, Any]) -> bytes:
        """Another file of a picture that `finish` made; the same bytes where it is so already.

        Its watermark is in the pixels and stays; the file that it was is named by the new seal as its parent.

        Args:
            data: the file.
            encoding: the wanted format, and whether the recipe goes in.
            recipe: see `gateway.provenance.recipe`.

        Raises:
            SealError: it cannot be signed.
        """
        texts = texts_of(data)
        if texts.format.lower() == encoding.format and (texts.infotext is not None) == encoding.has_recipe:
            return data
        is_composite = SourceType.COMPOSITE in (source_type_in(texts.xmp), *_sealed_types(data, texts.format))
        source = SourceType.COMPOSITE if is_composite else SourceType.GENERATED
        shown = recipe if encoding.has_recipe else None
        file = encode(pixels_of("image", data), encoding, self._texts(encoding.format, shown, source))
        if self.seal is None:
            return file
        return self.seal.sign(file, encoding.media_type, source, [parent_of(data)], "c2pa.transcoded")

    def _texts(self, form: ImageFormat, recipe: Mapping[str, Any] | None, source: SourceType) -> dict[str, Any]:
        """The options of the format's writer that say them."""
        own = None if recipe is None else json.dumps(recipe, ensure_ascii=False, sort_keys=True)
        if form is ImageFormat.PNG:
            return {"texts": _chunks(recipe, own, packet(source) if self.writes_xmp else None)}
        options: dict[str, Any] = {}
        if self.writes_xmp:
            xmp = packet(source, own).encode()
            options["xmp"] = xmp if len(xmp) <= MAX_SEGMENT else packet(source).encode()
        if recipe is not None:
            exif = _exif(infotext(recipe))
            if len(exif) <= MAX_SEGMENT:
                options["exif"] = exif
        return options


def _sealed_types(data: bytes, form: str) -> tuple[str, ...]:
    found = read_seal(data, f"image/{form.lower()}")
    return () if found is None else found.source_types


def _chunks(recipe: Mapping[str, Any] | None, own: str | None, xmp: str | None) -> PngImagePlugin.PngInfo:
    chunks = PngImagePlugin.PngInfo()
    if recipe is not None and own is not None:
        text = infotext(recipe)
        if text.isascii():
            chunks.add_text("parameters", text)
        else:
            chunks.add_itxt("parameters", text)
        chunks.add_itxt(KEYWORD, own)
    if xmp is not None:
        chunks.add_itxt("XML:com.adobe.xmp", xmp)
    return chunks


def _exif(text: str) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = SOFTWARE
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"UNICODE\x00" + text.encode("utf-16-be")
    return exif.tobytes()
