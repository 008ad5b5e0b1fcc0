"""What a source offers, found out before anything large is downloaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

SINGLE_FILE = "model.safetensors"
"""What everything that is one file is called in the download's folder, whatever its source calls it."""

MAX_NAME_CHARS = 64
NAME_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$"
_PIPELINE_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_NAME = re.compile(NAME_PATTERN)


class Kind(StrEnum):
    """What can be installed."""

    PIPELINE = "pipeline"
    LORA = "lora"
    CONTROLNET = "controlnet"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that will be fetched.

    Attributes:
        path: where it goes, below the download's folder.
        bytes: its size.
        url, local: where it is: one of the two.
        sha256: of its content, where the source tells.
        git_sha1: of its content as git stores it, where the source tells that only.
        etag: what must not change between two parts of a download.
    """

    path: str
    bytes: int
    url: str | None = None
    local: str | None = None
    sha256: str | None = None
    git_sha1: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """What somebody accepts by installing.

    Attributes:
        id: as the source calls it (`mit`, `creativeml-openrail-m`, `other` …).
        name, link: where the source gives them.
        text: of its licence file, cut where it is very long.
    """

    id: str | None = None
    name: str | None = None
    link: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What would be installed.

    Attributes:
        source: with the revision that the files are of: what is downloaded is what was looked at.
        family: `sd1`, `sd2`, `sdxl`, `sdxl_refiner`, `sd3`, or None where that cannot be told.
        needs_base: a checkpoint in one file, which holds neither configs nor a tokenizer.
        left_out: networks of it that are not served.
    """

    source: str
    kind: Kind
    family: str | None
    suggested_name: str
    files: tuple[SourceFile, ...]
    licence: Licence = field(default_factory=Licence)
    needs_base: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def total_bytes(self) -> int:
        """Of all files."""
        return sum(file.bytes for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Offer:
        """The inverse of `to_json`."""
        files = tuple(SourceFile(**file) for file in data["files"])
        told = {
            "kind": Kind(data["kind"]),
            "licence": Licence(**data["licence"]),
            "left_out": tuple(data.get("left_out", ())),
        }
        return cls(**{**data, **told, "files": files})


def is_name(kind: Kind, name: str) -> bool:
    """Whether something of this kind can be called so; a pipeline's name is also Triton's and a folder's."""
    if kind in (Kind.PIPELINE, Kind.CONTROLNET):
        return _PIPELINE_NAME.fullmatch(name) is not None and "__" not in name
    return _NAME.fullmatch(name) is not None


def name_from(text: str) -> str:
    """A name for what a source calls `text`."""
    plain = re.sub(r"[^a-z0-9.-]+|\.\.+", "-", text.lower()).strip("-.")[:MAX_NAME_CHARS].strip("-.")
    return plain or "model"
