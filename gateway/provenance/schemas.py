"""The answer of the detector: which layer was found, and what it says."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from gateway.provenance.service import Findings


class SealAnswer(BaseModel):
    """The C2PA manifest: signed data that breaks when the file is changed."""

    present: bool
    state: Literal["absent", "trusted", "valid", "invalid"]
    issuer: str
    generator: str
    digital_source_types: list[str]
    problems: list[str]
    made_from: int


class XmpAnswer(BaseModel):
    """The XMP packet: plain text that anybody can change."""

    present: bool
    digital_source_type: str | None


class WatermarkAnswer(BaseModel):
    """The mark in the pixels: it survives compression and resizing, and says which installation."""

    present: bool
    confidence: float
    id: str | None
    is_this_installation: bool


class Verification(BaseModel):
    """What a picture tells. `unknown` says that no mark was found, not that it was not generated."""

    verdict: Literal["made_here", "generated", "altered", "unknown"]
    format: str
    width: int
    height: int
    c2pa: SealAnswer
    xmp: XmpAnswer
    watermark: WatermarkAnswer
    recipe: dict[str, Any] | None
    recipe_from: str | None

    @classmethod
    def of(cls, found: Findings) -> Verification:
        """From what was found."""
        seal, mark = found.seal, found.mark
        return cls.model_validate(
            {
                "verdict": found.verdict,
                "format": found.texts.format.lower(),
                "width": found.texts.width,
                "height": found.texts.height,
                "c2pa": {
                    "present": seal is not None,
                    "state": "absent" if seal is None else seal.state,
                    "issuer": "" if seal is None else seal.issuer,
                    "generator": "" if seal is None else seal.generator,
                    "digital_source_types": [] if seal is None else seal.source_types,
                    "problems": [] if seal is None else seal.problems,
                    "made_from": 0 if seal is None else len(seal.ingredients),
                },
                "xmp": {"present": bool(found.texts.xmp), "digital_source_type": found.source_type},
                "watermark": {
                    "present": mark is not None,
                    "confidence": 0.0 if mark is None else mark.confidence,
                    "id": None if mark is None else f"{mark.id:08x}",
                    "is_this_installation": found.is_ours,
                },
                "recipe": None if found.recipe is None else found.recipe.recipe,
                "recipe_from": None if found.recipe is None else found.recipe.source,
            }
        )
