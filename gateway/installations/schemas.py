"""Bodies and answers of `/v1/admin/installations`."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.installations.needs import Needs
from gateway.installations.offer import NAME_PATTERN, Kind, Offer
from gateway.installations.status import InstallationStatus
from gateway.storage.tables import InstallationRow

MAX_SOURCE_CHARS = 2048
Source = Annotated[str, Field(min_length=1, max_length=MAX_SOURCE_CHARS)]
Name = Annotated[str, Field(max_length=64, pattern=NAME_PATTERN)]
Precision = Literal["fp32", "fp16", "bf16", "int8", "fp8"]


class InstallationPreviewBody(BaseModel):
    """What to look at."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[
        Source,
        Field(description="owner/name[@revision] at the hub, the https address of a .safetensors file, or a path"),
    ]
    kind: Annotated[Kind | None, Field(description="what it is, where the source itself does not tell")] = None
    name: Annotated[Name | None, Field(description="what it will be called; else a name is suggested")] = None
    file: Annotated[
        str | None, Field(max_length=300, description="which .safetensors file of the source, where it has several")
    ] = None
    base: Annotated[
        str | None,
        Field(
            max_length=MAX_SOURCE_CHARS,
            description="owner/name[@revision] or path of a pipeline with the configs and tokenizer of a single file",
        ),
    ] = None
    pipeline: Annotated[Name | None, Field(description="installed pipeline that a ControlNet is to be served with")] = (
        None
    )


class InstallationBody(InstallationPreviewBody):
    """What to install."""

    kind: Kind
    name: Name
    accept_licence: Annotated[Literal[True], Field(description="that the licence in the preview was read and accepted")]
    precision: Annotated[Precision, Field(description="what the UNet of a pipeline computes in")] = "fp32"
    sha256: Annotated[
        str | None, Field(pattern=r"^[0-9a-f]{64}$", description="checksum of a single file, where its publisher tells")
    ] = None


class FileAnswer(BaseModel):
    """A file that will be fetched."""

    path: str
    bytes: int


class LicenceAnswer(BaseModel):
    """What is accepted by installing; every field is null where the source does not tell."""

    id: str | None
    name: str | None
    link: str | None
    text: str | None


class NeedsAnswer(BaseModel):
    """What an installation takes, and what is there."""

    disk_bytes: int
    disk_free_bytes: int
    memory_bytes: int
    memory_free_bytes: int


class Preview(BaseModel):
    """What a source offers. Sent back as `source`, the one here stands for exactly these files."""

    source: str
    kind: Kind
    family: str | None
    suggested_name: str
    files: list[FileAnswer]
    bytes_to_download: int
    licence: LicenceAnswer
    needs: NeedsAnswer
    needs_base: Annotated[bool, Field(description="whether `base` must say whose configs and tokenizer to take")]
    left_out: Annotated[list[str], Field(description="networks of it that are not served")]
    fits: bool
    reason: Annotated[str | None, Field(description="why it does not fit")]
    replaces: Annotated[bool, Field(description="whether something of this kind and name is installed already")]

    @classmethod
    def of(cls, offer: Offer, needs: Needs, *, replaces: bool) -> Preview:
        """From what was found out."""
        return cls(
            source=offer.source,
            kind=offer.kind,
            family=offer.family,
            suggested_name=offer.suggested_name,
            files=[FileAnswer(path=file.path, bytes=file.bytes) for file in offer.files],
            bytes_to_download=offer.total_bytes,
            licence=LicenceAnswer.model_validate(offer.licence, from_attributes=True),
            needs=NeedsAnswer.model_validate(needs, from_attributes=True),
            needs_base=offer.needs_base,
            left_out=list(offer.left_out),
            fits=needs.problem is None,
            reason=needs.problem,
            replaces=replaces,
        )


class InstallationFailure(BaseModel):
    """Why an installation failed; `may_resume` says whether `resume` can be of use."""

    code: str
    message: str
    may_resume: bool = False


class InstallationUrls(BaseModel):
    """Where the installation is."""

    get: str
    events: str
    pause: str
    resume: str
    cancel: str


class Installation(BaseModel):
    """An installation. `step` is a code for what is done now, `detail` the file or component it is done to."""

    id: str
    source: str
    kind: Kind
    name: str
    family: str | None
    licence_id: str | None
    precision: str
    pipeline: str | None
    status: InstallationStatus
    step: str | None
    detail: str | None
    bytes_done: int
    bytes_total: int
    seconds_left: float | None
    error: InstallationFailure | None
    is_stopping: Annotated[bool, Field(description="whether a pause or cancellation has been asked for")]
    attempts: int
    version: int
    created_by: str
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    urls: InstallationUrls

    @classmethod
    def of(cls, row: InstallationRow) -> Installation:
        """From its row."""
        path = f"/v1/admin/installations/{row.id}"
        return cls(
            id=row.id,
            source=row.source,
            kind=Kind(row.kind),
            name=row.name,
            family=row.offer["family"],
            licence_id=row.offer["licence"]["id"],
            precision=row.options["precision"],
            pipeline=row.options["pipeline"],
            status=InstallationStatus(row.status),
            step=row.step,
            detail=row.detail,
            bytes_done=row.bytes_done,
            bytes_total=row.bytes_total,
            seconds_left=row.seconds_left,
            error=None if row.error is None else InstallationFailure.model_validate(row.error),
            is_stopping=row.wish is not None,
            attempts=row.attempts,
            version=row.version,
            created_by=row.created_by,
            created_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            urls=InstallationUrls(
                get=path,
                events=f"{path}/events",
                pause=f"{path}/pause",
                resume=f"{path}/resume",
                cancel=f"{path}/cancel",
            ),
        )


class InstallationList(BaseModel):
    """A page of installations, youngest first."""

    results: list[Installation]
    next: str | None
