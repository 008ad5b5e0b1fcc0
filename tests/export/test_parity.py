"""The parity suite: ours through the real Triton against diffusers. `make parity` runs it and writes the table."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avila.shipped import SHIPPED, shipped_controlnets
from diffusion.admission import make_request
from diffusion.events import Failed, ImageDone
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from export.repository import install_pipeline
from export.verify_pipeline import psnr
from gateway.backend.triton.backend import TritonBackend
from tests.diffusion.test_text_encoder import write_embedding
from tests.e2e.running import running_triton
from tests.export import parity_table
from tests.export.conftest import Controlled
from tests.export.parity_cases import cases
from tests.export.parity_families import FAMILIES
from tests.export.parity_kinds import BASE, Case
from tests.export.parity_peer import Peer, Picture
from tests.loras.files import attention_only, write_kohya, write_peft

pytestmark = pytest.mark.triton

WRITE = "PARITY_WRITE"
KINDS = {
    "xl": "StableDiffusionXLPipeline",
    "turbo": "StableDiffusionXLPipeline",
    "refiner": "StableDiffusionXLImg2ImgPipeline",
    "sd3": "StableDiffusion3Pipeline",
    "inpainting": "StableDiffusionInpaintPipeline",
    "consistency": "LatentConsistencyModelPipeline",
}
PIPELINES = ("tiny", "avila-demo", *FAMILIES)


def every_case() -> list[Case]:
    return [*cases(dict.fromkeys(PIPELINES), Path(), Path())]  # type: ignore[arg-type]


async def by_triton(url: str, requests: Sequence[GenerationRequest]) -> list[Picture]:
    """All at once, so that they share the steps."""
    backend = TritonBackend(url)
    await backend.start()

    async def picture(request: GenerationRequest) -> Picture:
        async with aclosing(backend.submit(request)) as stream:
            events = [event async for event in stream]
        assert not isinstance(events[-1], Failed), (request.request_id, events[-1])
        (done,) = [event for event in events if isinstance(event, ImageDone)]
        return done.pixels

    try:
        return await asyncio.gather(*(picture(request) for request in requests))
    finally:
        await backend.aclose()


def compare(
    checkpoints: dict[str, Path],
    controlnets: dict[str, dict[str, Path]],
    environment: Path,
    folder: Path,
    is_wanted: Callable[[Case], bool],
) -> dict[tuple[str, str], Any]:
    """dB by (pipeline, feature), in the table's order."""
    repository, loras, embeddings = (folder / name for name in ("models", "loras", "embeddings"))
    specs = {
        name: install_pipeline(checkpoint, repository, name, controlnets=controlnets.get(name))
        for name, checkpoint in checkpoints.items()
    }
    for path in (loras, embeddings):
        path.mkdir()
    for name, spec in specs.items():
        if spec.lora_layers:
            write_adapters(name, spec, loras, embeddings)
    chosen = [case for case in cases(specs, loras, embeddings) if is_wanted(case)]
    settings = {"lora_dirs": loras, "embedding_dir": embeddings, "max_queue": 128}
    with running_triton(environment, repository, folder, **settings) as server:
        server.load_all()
        mine = ours(server.url, chosen, specs)
    peers = {
        name: Peer(path, KINDS.get(name, "StableDiffusionPipeline"), controlnets.get(name, {}))
        for name, path in checkpoints.items()
    }
    found = {}
    for case in chosen:
        (_, picture), right = mine[case.name], theirs(case, peers, mine)
        assert picture.shape == right.shape, case.name
        found[case.pipeline, case.feature] = psnr(picture, right)
    return found


Made = dict[str, tuple[GenerationRequest, Picture]]
"""Request and picture, by the case's name."""


def ours(url: str, chosen: Sequence[Case], specs: dict[str, PipelineSpec]) -> Made:
    """A case that starts from another one's picture waits for it."""
    made: Made = {}
    first = {case.name: case for case in (case.after or case for case in chosen)}
    second = {case.name: case for case in chosen if case.after is not None}
    for turn in (first, second):
        asked = [requested(case, specs[case.pipeline], made) for case in turn.values()]
        pictures = asyncio.run(by_triton(url, asked))
        made |= dict(zip(turn, zip(asked, pictures, strict=True), strict=True))
    return made


def requested(case: Case, spec: PipelineSpec, made: Made) -> GenerationRequest:
    fields = {**BASE, **case.fields}
    if case.after is not None:
        _, fields["image"] = made[case.after.name]
    return make_request(spec, request_id=case.name, **fields)


def theirs(case: Case, peers: dict[str, Peer], made: Made) -> Picture:
    request, _ = made[case.name]
    fields = {
        name: getattr(request, name) if value is None else value for name, value in {**BASE, **case.fields}.items()
    }
    if case.after is not None:
        fields["image"] = theirs(case.after, peers, made)
        request = dataclasses.replace(request, image=fields["image"])
    return case.theirs(peers[case.pipeline], fields, request)


def write_adapters(name: str, spec: PipelineSpec, loras: Path, embeddings: Path) -> None:
    write_peft(loras / f"{name}-a.safetensors", spec.lora_layers, seed=1)
    write_kohya(loras / f"{name}-b.safetensors", attention_only(spec.lora_layers), rank=6, seed=3, alpha=12.0)
    write_embedding(embeddings / f"word{name.replace('-', '')}.safetensors", (2, spec.text.width))


def test_the_quick_rows_hold_what_the_table_claims(
    request: pytest.FixtureRequest, controlled: Controlled, triton_environment: Path, tmp_path: Path
) -> None:
    quick = {case.pipeline for case in every_case() if case.is_quick}
    checkpoints = {name: request.getfixturevalue(name) for name in PIPELINES if name in quick - {"tiny"}}
    checkpoints["tiny"] = controlled.pipeline
    claimed = parity_table.claims()
    nets = {"tiny": controlled.controlnets}
    found = compare(checkpoints, nets, triton_environment, tmp_path, lambda case: case.is_quick)
    for row, decibels in found.items():
        assert decibels >= parity_table.MIN_PSNR, row
        assert row in claimed, f"{row} is not in the table: run `make parity`"


def test_the_table_has_every_row_and_none_below_what_is_demanded() -> None:
    everything = {(case.pipeline, case.feature) for case in every_case()}
    claimed = parity_table.claims()
    assert set(claimed) == everything
    assert min(claimed.values()) >= parity_table.MIN_PSNR


@pytest.mark.slow
def test_every_feature_is_diffusers_own(
    request: pytest.FixtureRequest, triton_environment: Path, tmp_path: Path
) -> None:
    """Of those that PARITY_ONLY, a regular expression, finds in "pipeline: feature"; of all without it."""
    only = re.compile(os.environ.get("PARITY_ONLY", ""))
    chosen = [case for case in every_case() if only.search(case.name)]
    wanted = {one.pipeline for case in chosen for one in (case, case.after) if one is not None}
    checkpoints, controlnets = {}, {"avila-demo": shipped_controlnets()}
    for name in (name for name in PIPELINES if name in wanted):
        if name == "tiny":
            own: Controlled = request.getfixturevalue("controlled")
            checkpoints[name], controlnets[name] = own.pipeline, own.controlnets
        else:
            checkpoints[name] = SHIPPED if name == "avila-demo" else request.getfixturevalue(name)
    found = compare(checkpoints, controlnets, triton_environment, tmp_path, lambda case: bool(only.search(case.name)))
    below = {row: decibels for row, decibels in found.items() if decibels < parity_table.MIN_PSNR}
    assert not below, below
    if os.environ.get(WRITE):
        known = {**parity_table.claims(), **found}
        rows = [(case.pipeline, case.feature) for case in every_case()]
        parity_table.write({row: known[row] for row in rows if row in known})
    assert np.isfinite(list(found.values())).all()
