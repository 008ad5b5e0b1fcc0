"""From what an administrator names to what would be installed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from gateway.installations.errors import SourceRefusedError
from gateway.installations.hub import HUB_SOURCE, Hub
from gateway.installations.layouts import configs_of, offer_of, with_base
from gateway.installations.offer import Kind, Offer, SourceFile
from gateway.installations.places import Place, at_address, guarded_client, on_disk
from gateway.kit.outbound import Outbound

EXPECTED = "owner/name[@revision] at the hub, the https address of a .safetensors file, or an absolute path"


@dataclass(frozen=True, slots=True)
class Question:
    """What to look at; see `schemas.InstallationPreviewBody`."""

    source: str
    kind: Kind | None = None
    file: str | None = None
    base: str | None = None


class Sources:
    """Looks at sources. Every call blocks: use a thread.

    Args:
        outbound: makes connections.
        endpoint, token: of the hub.
        folder: below which this machine's own files may be taken, or None.
    """

    def __init__(self, outbound: Outbound, endpoint: str, token: str | None, folder: Path | None) -> None:
        self._client = guarded_client(outbound)
        self._hub = Hub(outbound, self._client, endpoint, token)
        self._folder = folder

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def look(self, question: Question) -> Offer:
        """What would be installed.

        Raises:
            SourceRefusedError: and its subclasses; nothing can be installed from there.
        """
        offer = offer_of(self._place(question.source, "source"), question.kind, question.file)
        if not offer.needs_base:
            if question.base is not None:
                raise SourceRefusedError("only a checkpoint in one file takes its configs from elsewhere", "base")
            return offer
        return offer if question.base is None else with_base(offer, self._place(question.base, "base"))

    def configs(self, base: str) -> tuple[str, tuple[SourceFile, ...]]:
        """Where `base` is, with its revision, and its configs and tokenizers.

        Raises:
            SourceRefusedError: and its subclasses; it is no pipeline, or cannot be had.
        """
        place = self._place(base, "base")
        return place.source, configs_of(place)

    def _place(self, source: str, field: str) -> Place:
        if source.startswith(("https://", "http://")):
            return at_address(source, self._client)
        if source.startswith("/"):
            return on_disk(source, self._folder)
        if HUB_SOURCE.fullmatch(source):
            return self._hub.place(source)
        raise SourceRefusedError(f"{source[:80]!r} was given; expected {EXPECTED}", field)


def with_checksum(offer: Offer, sha256: str | None) -> Offer:
    """The same, where its publisher tells the checksum of its one file.

    Raises:
        SourceRefusedError: it has several files, or the hub says otherwise.
    """
    if sha256 is None:
        return offer
    weights = [file for file in offer.files if file.path.endswith(".safetensors")]
    if len(weights) != 1:
        raise SourceRefusedError(f"it has {len(weights)} files with weights; a checksum is for one", "sha256")
    if weights[0].sha256 not in (None, sha256):
        raise SourceRefusedError(f"the hub says {weights[0].sha256}", "sha256")
    files = tuple(replace(file, sha256=sha256) if file is weights[0] else file for file in offer.files)
    return replace(offer, files=files)
