"""The parity suite: ours through the real Triton against diffusers. `make parity` runs it and writes the table."""

from __future__ import annotations

import asyncio
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
from tests.export.parity_cases import BASE, Case, cases
from tests.export.parity_peer import Peer, Picture
from tests.loras.files import attention_only, write_kohya, write_peft

pytestmark = pytest.mark.triton

WRITE = "PARITY_WRITE"
KINDS = {
    "xl": "StableDiffusionXLPipeline",
    "sd3": "StableDiffusion3Pipeline",
    "inpainting": "StableDiffusionInpaintPipeline",
    "consistency": "LatentConsistencyModelPipeline",
}


PIPELINES = ("tiny", "avila-demo", "xl", "sd3", "inpainting", "consistency")


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
    asked = [requested(case, specs[case.pipeline]) for case in chosen]
    settings = {"lora_dirs": loras, "embedding_dir": embeddings, "max_queue": 128}
    with running_triton(environment, repository, folder, **settings) as server:
        server.load_all()
        mine = asyncio.run(by_triton(server.url, asked))
    peers = {
        name: Peer(path, KINDS.get(name, "StableDiffusionPipeline"), controlnets.get(name, {}))
        for name, path in checkpoints.items()
    }
    found = {}
    for case, request, picture in zip(chosen, asked, mine, strict=True):
        right = case.theirs(peers[case.pipeline], {**BASE, **case.fields}, request)
        assert picture.shape == right.shape, case.name
        found[case.pipeline, case.feature] = psnr(picture, right)
    return found


def requested(case: Case, spec: PipelineSpec) -> GenerationRequest:
    return make_request(spec, request_id=case.name, **{**BASE, **case.fields})


def write_adapters(name: str, spec: PipelineSpec, loras: Path, embeddings: Path) -> None:
    write_peft(loras / f"{name}-a.safetensors", spec.lora_layers, seed=1)
    write_kohya(loras / f"{name}-b.safetensors", attention_only(spec.lora_layers), rank=6, seed=3, alpha=12.0)
    write_embedding(embeddings / f"word{name.replace('-', '')}.safetensors", (2, spec.text.width))


def test_the_quick_rows_hold_what_the_table_claims(
    controlled: Controlled, inpainting: Path, consistency: Path, sd3: Path, triton_environment: Path, tmp_path: Path
) -> None:
    checkpoints = {"tiny": controlled.pipeline, "inpainting": inpainting, "consistency": consistency, "sd3": sd3}
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
    wanted = {case.pipeline for case in every_case() if only.search(case.name)}
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
