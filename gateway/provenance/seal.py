"""C2PA manifests: signed as the very last step, and read with the reference library. Slow work: call it in a thread."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import c2pa  # type: ignore[import-untyped]

from gateway import VERSION
from gateway.provenance.certificate import Certificate
from gateway.provenance.inputs import Parent
from gateway.provenance.xmp import SourceType
from gateway.storage.data_urls import media_type_of

_KINDS = {
    SourceType.GENERATED: c2pa.C2paDigitalSourceType.TRAINED_ALGORITHMIC_MEDIA,
    SourceType.COMPOSITE: c2pa.C2paDigitalSourceType.COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA,
}
_OFFLINE = {"remote_manifest_fetch": False, "ocsp_fetch": False}
"""A picture never makes the server fetch anything."""


class SealError(Exception):
    """The picture cannot be signed. The message is for the log."""


@dataclass(frozen=True, slots=True)
class SealFound:
    """What a manifest says, and whether it holds: `trusted`, `valid` (by somebody unknown) or `invalid`."""

    state: str
    issuer: str = ""
    generator: str = ""
    source_types: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = field(default=())


class Seal:
    """Signs with one certificate."""

    def __init__(self, certificate: Certificate, timestamp_url: str | None = None) -> None:
        self._info = c2pa.C2paSignerInfo(
            certificate.algorithm.encode(),
            certificate.chain.encode(),
            certificate.key.encode(),
            None if timestamp_url is None else timestamp_url.encode(),
        )
        self._own = threading.local()

    def sign(
        self,
        data: bytes,
        media_type: str,
        source: SourceType,
        parents: Sequence[Parent] = (),
        action: str = "c2pa.edited",
    ) -> bytes:
        """The same file with a manifest.

        Args:
            data: a finished file; whatever is changed later breaks the seal.
            media_type: of the file.
            source: how it was made.
            parents: what it was made from; their own manifests are kept in the new one.
            action: what was done to the first of them, in C2PA's words.

        Raises:
            SealError: see there.
        """
        manifest = {"claim_generator_info": [{"name": "Avila Diffusion", "version": VERSION}], "assertions": []}
        signed = io.BytesIO()
        try:
            context, signer = self._tools()
            with c2pa.Builder(manifest, context=context) as builder:
                if parents:
                    builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
                    builder.add_action({"action": action, "digitalSourceType": source.url})
                    for index, parent in enumerate(parents):
                        relation = "parentOf" if index == 0 else "componentOf"
                        ingredient = {"title": f"input {index + 1}", "relationship": relation}
                        if parent.stated:
                            ingredient["description"] = parent.stated
                        builder.add_ingredient(ingredient, media_type_of(parent.data), io.BytesIO(parent.data))
                else:
                    builder.set_intent(c2pa.C2paBuilderIntent.CREATE, _KINDS[source])
                builder.sign(signer, media_type, io.BytesIO(data), signed)
        except c2pa.C2paError as error:
            raise SealError(str(error)) from error
        return signed.getvalue()

    def _tools(self) -> tuple[Any, Any]:
        """This thread's context and signer: half of a signature's time was making them."""
        if not hasattr(self._own, "tools"):
            context = c2pa.Context.from_dict(
                {"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_after_sign": False, **_OFFLINE}}
            )
            self._own.tools = context, c2pa.Signer.from_info(self._info)
        tools: tuple[Any, Any] = self._own.tools
        return tools


def read_seal(data: bytes, media_type: str, anchors: str = "") -> SealFound | None:
    """What a file's manifest says, or None when it has none.

    Args:
        data, media_type: the file.
        anchors: certificates (PEM) whose signatures are trusted.
    """
    trust = {"trust": {"user_anchors": anchors}} if anchors else {}
    settings = {**trust, "verify": {"verify_trust": bool(anchors), **_OFFLINE}}
    try:
        with c2pa.Context.from_dict(settings) as context:
            reader = c2pa.Reader.try_create(media_type, io.BytesIO(data), context=context)
            if reader is None:
                return None
            with reader:
                return _found(json.loads(reader.json()), reader.get_validation_state())
    except c2pa.C2paError as error:
        return SealFound("invalid", problems=(str(error)[:200],))


def _found(report: Mapping[str, Any], state: str | None) -> SealFound:
    manifest = report["manifests"].get(report.get("active_manifest"), {})
    generator: Mapping[str, Any] = next(iter(manifest.get("claim_generator_info", [])), {})
    actions = [
        action
        for assertion in manifest.get("assertions", [])
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"].get("actions", [])
    ]
    kinds = [str(action["digitalSourceType"]).rpartition("/")[2] for action in actions if "digitalSourceType" in action]
    problems = [str(status["code"]) for status in report.get("validation_status", [])]
    return SealFound(
        state=(state or "invalid").lower(),
        issuer=str(manifest.get("signature_info", {}).get("issuer", "")),
        generator=f"{generator.get('name', '')} {generator.get('version', '')}".strip(),
        source_types=tuple(dict.fromkeys(kinds)),
        problems=tuple(dict.fromkeys(problems)),
        ingredients=tuple(str(item.get("title", "")) for item in manifest.get("ingredients", [])),
    )
