"""Puts what was downloaded where it is served from; a pipeline by the same functions as `avila export`."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from avila.installing.errors import InstallationError
from avila.shipped import SHIPPED, added_controlnets, shipped_controlnets
from gateway.installations.offer import SINGLE_FILE, Kind, Offer
from gateway.installations.places import shown
from gateway.installations.repository import Progress
from gateway.installations.status import InstallationStatus
from gateway.settings import Settings

if TYPE_CHECKING:
    from export import build
    from export.plan import ExportRequest
    from export.precision import Precision

Report = Callable[[Progress], None]


def place(
    offer: Offer, name: str, folder: Path, settings: Settings, options: Mapping[str, str], report: Report
) -> None:
    """Install what lies in `folder`, whole and compared.

    Raises:
        InstallationError, ExportError: it cannot be; what was served before is served still.
    """
    _check_weights(folder)
    kind = offer.kind
    if kind is Kind.PIPELINE:
        _place_pipeline(name, folder, settings, options["precision"], origin_of(offer), report)
    elif kind is Kind.CONTROLNET:
        _place_controlnet(name, folder, settings, options["pipeline"], report)
    else:
        report(Progress(InstallationStatus.INSTALLING, "install", name))
        target = settings.embedding_folder if kind is Kind.EMBEDDING else settings.lora_folders[0]
        _place_file(folder / SINGLE_FILE, target / f"{name}.safetensors", kind)


def origin_of(offer: Offer) -> dict[str, str]:
    """Where an offer is from, for the manifest (`export.origin`); addresses without what may be a secret in them."""
    location, _, revision = offer.source.partition("@") if "://" not in offer.source else (shown(offer.source), "", "")
    kind = "url" if "://" in location else "folder" if location.startswith("/") else "hub"
    told = {"kind": kind, "location": location, "revision": revision, "licence": offer.licence.id or ""}
    return {name: value for name, value in told.items() if value}


def checkpoint_of(settings: Settings, pipeline: str) -> Path:
    """Where the checkpoint of an installed pipeline lies, for what needs it again.

    Raises:
        InstallationError: it was installed in some other way.
    """
    kept = _kept(settings, pipeline)
    if kept.is_dir():
        return kept
    if pipeline == SHIPPED.name and SHIPPED.is_dir():
        return SHIPPED
    message = f"the checkpoint of {pipeline} is not kept here; install the pipeline over HTTP first"
    raise InstallationError("checkpoint_missing", message)


def controlnets_of(settings: Settings, pipeline: str) -> dict[str, Path]:
    """The folders of the ControlNets that a pipeline is served with, by name."""
    shipped = shipped_controlnets() if pipeline == SHIPPED.name else {}
    return {**shipped, **added_controlnets(settings.controlnet_folder, pipeline)}


def precision_of(repository: Path, pipeline: str) -> Precision:
    """What an installed pipeline computes in; the graph of its UNet says it where the manifest does not."""
    from diffusion.components import Component
    from export.graph_file import GraphFile
    from export.precision import Precision
    from export.repository import GRAPH_FILE, read_manifest

    manifest = read_manifest(repository, pipeline)
    told = None if manifest is None else manifest.ingredients.get("precision")
    if told is None:
        told = GraphFile.read(repository / f"{pipeline}__{Component.UNET}" / "1" / GRAPH_FILE).properties["precision"]
    return Precision(told)


def _kept(settings: Settings, pipeline: str) -> Path:
    from export.repository import CHECKPOINTS
    from export.transaction import state_folder

    return state_folder(settings.model_repository.absolute()) / CHECKPOINTS / pipeline


def _check_weights(folder: Path) -> None:
    """Whether each file is whole by its own header, and no pickle."""
    from export.safetensors_header import read_header

    for path in sorted(folder.rglob("*.safetensors")):
        read_header(path)


def _place_pipeline(
    name: str, folder: Path, settings: Settings, precision: str, origin: Mapping[str, str], report: Report
) -> None:
    from export.precision import precision_for
    from export.triton_config import Target

    controlnets = controlnets_of(settings, name)
    request = _request(name, folder, settings, controlnets, precision_for(precision, Target.CPU))
    _export(dataclasses.replace(request, origin=origin), report)
    _keep(folder, _kept(settings, name))


def _place_controlnet(name: str, folder: Path, settings: Settings, pipeline: str, report: Report) -> None:
    """Install its pipeline again, with it."""
    from export.repository import read_manifest

    repository = settings.model_repository.absolute()
    manifest = read_manifest(repository, pipeline)
    controlnets = {**controlnets_of(settings, pipeline), name: folder}
    checkpoint = checkpoint_of(settings, pipeline)
    request = _request(pipeline, checkpoint, settings, controlnets, precision_of(repository, pipeline))
    _export(dataclasses.replace(request, origin={} if manifest is None else manifest.origin), report)
    _keep(folder, settings.controlnet_folder / pipeline / name)


def _request(
    name: str, checkpoint: Path, settings: Settings, controlnets: Mapping[str, Path], precision: Precision
) -> ExportRequest:
    from export.families import NETWORKS
    from export.plan import ExportRequest

    single, replaced = checkpoint / SINGLE_FILE, dict[str, Path]()
    if single.is_file():
        replaced = dict.fromkeys(NETWORKS, single)
    repository = settings.model_repository.absolute()
    return ExportRequest(
        checkpoint, name, repository, checkpoint, replaced=replaced, controlnets=controlnets, precision=precision
    )


def _export(request: ExportRequest, report: Report) -> None:
    from export.build import run_plan
    from export.plan import make_plan

    report(Progress(InstallationStatus.EXPORTING, "plan"))
    run_plan(make_plan(request), lambda progress: _tell(progress, report))


def _tell(progress: build.Progress, report: Report) -> None:
    if progress.state != "started":
        return
    from export.plan import StepKind

    kind = progress.step.kind
    status = {
        StepKind.VERIFY: InstallationStatus.VERIFYING,
        StepKind.PICTURES: InstallationStatus.VERIFYING,
        StepKind.INSTALL: InstallationStatus.INSTALLING,
    }.get(kind, InstallationStatus.EXPORTING)
    component = None if progress.step.component is None else str(progress.step.component)
    report(Progress(status, kind.value, component, seconds_left=round(progress.left_s, 1)))


def _place_file(source: Path, target: Path, kind: Kind) -> None:
    """One file, as one change: whoever reads it has the old one or the new one."""
    if kind is Kind.LORA:
        from diffusion.loras.file import read_header

        read_header(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    try:
        try:
            os.link(source, draft)
        except OSError:
            shutil.copyfile(source, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _keep(folder: Path, target: Path) -> None:
    """Move a folder to its place; another one there goes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    before = target.with_name(f".{target.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if target.exists():
        target.rename(before)
    try:
        folder.rename(target)
    except OSError:  # another disk
        shutil.copytree(folder, target)
    shutil.rmtree(before, ignore_errors=True)
