"""The XMP packet that says in IPTC's words that a picture was generated, and the reading of anybody's."""

from __future__ import annotations

import re
from enum import StrEnum
from xml.sax.saxutils import quoteattr, unescape

from gateway.provenance.recipe import SOFTWARE

_BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
_TAIL = '<?xpacket end="w"?>'
_TYPE = re.compile(r'DigitalSourceType\s*(?:=\s*"([^"]{0,300})"|(?:\s[^>]{0,300})?>\s*([^<]{0,300})<)')
_RECIPE = re.compile(r'avila:recipe="([^"]*)"')
_ENTITIES = {"&quot;": '"', "&#10;": "\n", "&#13;": "\r", "&#9;": "\t"}


class SourceType(StrEnum):
    """IPTC's terms for what comes out of here."""

    GENERATED = "trainedAlgorithmicMedia"
    COMPOSITE = "compositeWithTrainedAlgorithmicMedia"

    @property
    def url(self) -> str:
        """The term's whole name."""
        return _BASE + self.value


def packet(source: SourceType, recipe: str | None = None) -> str:
    """The packet; `recipe` is our JSON, for formats that have no place of their own for it."""
    more = ""
    if recipe is not None:
        more = f'\n   xmlns:avila="https://avila.dev/ns/1.0/" avila:recipe={_attribute(recipe)}'
    return (
        f'{_HEAD}\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about=""\n'
        '   xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"\n'
        '   xmlns:xmp="http://ns.adobe.com/xap/1.0/"\n'
        f'   Iptc4xmpExt:DigitalSourceType="{source.url}"\n'
        f'   xmp:CreatorTool="{SOFTWARE}"{more}/>\n'
        f" </rdf:RDF>\n</x:xmpmeta>\n{_TAIL}"
    )


def source_type_in(text: str) -> str | None:
    """The last part of the digital source type that a packet states; nobody's XML is parsed for it."""
    match = _TYPE.search(text)
    found = (match[1] or match[2] or "").strip() if match else ""
    return found.rpartition("/")[2] or None


def recipe_in(text: str) -> str | None:
    """Our JSON in a packet of ours."""
    match = _RECIPE.search(text)
    return unescape(match[1], _ENTITIES) if match else None


def _attribute(text: str) -> str:
    return quoteattr(text, {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
