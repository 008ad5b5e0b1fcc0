"""The model in the repository is the packaged one, small enough, and says nothing about the machine it was made on."""

import hashlib
import json
import re
from pathlib import Path

import pytest

MODEL = Path(__file__).parents[2] / "models" / "avila-demo"
LIMIT_BYTES = 45_000_000


@pytest.fixture(scope="module")
def about():
    return json.loads((MODEL / "hashes.json").read_text())


def test_every_file_has_its_recorded_hash(about):
    for name, file in about["files"].items():
        content = (MODEL / name).read_bytes()
        assert len(content) == file["bytes"], name
        assert hashlib.sha256(content).hexdigest() == file["sha256"], name


def test_no_pipeline_file_is_unrecorded(about):
    parts = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
    found = {str(p.relative_to(MODEL)) for part in parts for p in (MODEL / part).rglob("*") if p.is_file()}
    assert found | {"model_index.json"} == set(about["files"])


def test_whole_folder_is_small(about):
    assert sum(p.stat().st_size for p in MODEL.rglob("*") if p.is_file()) <= LIMIT_BYTES


def test_json_files_name_no_local_path():
    for path in MODEL.rglob("*.json"):
        text = path.read_text()
        assert "_name_or_path" not in text, path
        if path.parent.name != "tokenizer":  # a vocabulary may hold any text
            assert not re.search(r'"/\w+/', text), path


def test_card_licence_and_notice_are_there():
    card = (MODEL / "README.md").read_text()
    assert "718 concepts" in card
    licence = (MODEL / "LICENSE").read_text()
    for text in ("Apache License", "MIT License", "UNICODE LICENSE V3"):
        assert text in licence, text
    notice = (MODEL / "NOTICE").read_text()
    for holder in ("Google LLC", "Microsoft Corporation", "Miles Johnson", "Unicode"):
        assert holder in notice, holder


def test_diffusers_loads_it_unchanged_and_draws():
    diffusers = pytest.importorskip("diffusers", reason="needs the export extra; the engine's tests load it without")
    import torch

    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(MODEL, requires_safety_checker=False)
    assert next(pipeline.unet.parameters()).dtype in (torch.float16, torch.float32)
    pipeline.to(torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    draw = lambda seed: pipeline(  # noqa: E731
        "red apple",
        num_inference_steps=8,
        guidance_scale=3.0,
        generator=torch.Generator().manual_seed(seed),
        output_type="np",
    ).images[0]
    first = draw(0)
    assert first.shape == (64, 64, 3)
    assert (first == draw(0)).all()
    assert abs(first - draw(1)).max() > 0.1
    middle = first[20:50, 16:48].mean((0, 1))
    assert middle[0] > middle[1] + 0.15
    assert middle[0] > middle[2] + 0.15
    assert first[:4, :4].mean() > 0.85


@pytest.mark.parametrize("file", sorted(MODEL.parent.glob("loras/*.safetensors")), ids=lambda path: path.stem)
def test_a_shipped_lora_is_small_described_and_changes_the_picture(file):
    pytest.importorskip("peft", reason="needs the export extra; the engine's tests load it without")
    from training import evaluate

    assert file.stat().st_size <= 1_000_000
    assert f"`{file.name}`" in file.with_name("README.md").read_text()
    pipeline = evaluate.load_pipeline(MODEL)
    plain = evaluate.generate(pipeline, ["grinning face"], 0, num_inference_steps=4)
    pipeline.load_lora_weights(file.parent, weight_name=file.name)
    styled = evaluate.generate(pipeline, ["grinning face"], 0, num_inference_steps=4)
    assert abs(plain.astype(int) - styled).mean() > 1


def test_a_lora_ships():
    assert list(MODEL.parent.glob("loras/*.safetensors"))


def test_the_shipped_controlnet_is_small_and_makes_pictures_follow_the_edges():
    diffusers = pytest.importorskip("diffusers", reason="needs the export extra; the engine's tests load it without")
    import numpy as np
    import torch

    from training import controlnet, demonstrate, evaluate

    folder = MODEL.parent / "controlnets" / "canny"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 10_000_000
    pipeline = evaluate.load_pipeline(MODEL)
    source = np.ascontiguousarray(evaluate.generate(pipeline, ["cat"], 1, num_inference_steps=8)[0][:, ::-1])
    edges = (controlnet.edges(source[None])[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    net = diffusers.ControlNetModel.from_pretrained(folder, torch_dtype=torch.float32)
    guided = diffusers.StableDiffusionControlNetPipeline(
        **pipeline.components, controlnet=net, requires_safety_checker=False
    )
    guided.set_progress_bar_config(disable=True)

    def agreement(weight: float) -> float:
        image = guided(
            "dog",
            image=torch.from_numpy(edges).permute(2, 0, 1)[None].float() / 255,
            controlnet_conditioning_scale=weight,
            num_inference_steps=8,
            guidance_scale=3.0,
            generator=torch.Generator().manual_seed(7),
            output_type="np",
        ).images[0]
        return demonstrate.edge_agreement((image * 255).round().astype(np.uint8), edges)

    assert agreement(1.0) > agreement(0.0) + 0.05
