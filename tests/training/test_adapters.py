"""The adapter stages on the shipped base, a few steps on some drawings: what they write loads and has an effect."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("peft", reason="training needs the export extra")

import torch

from training import config, controlnet, data, evaluate, lora

MODEL = Path(__file__).parents[2] / "models" / "avila-demo"
CPU = torch.device("cpu")


def square(seed):
    picture = np.full((64, 64, 3), 255, np.uint8)
    picture[12:52, 12:52] = np.random.default_rng(seed).integers(0, 200, 3)
    return picture


@pytest.fixture(scope="module")
def cfg(tmp_path_factory):
    """A work folder with six drawings in two styles."""
    folder = tmp_path_factory.mktemp("work")
    records = [data.Record(data.BASE, "noto", "noto", f"{k} square", f"{k} square") for k in ("red", "blue", "green")]
    records += [replace(r, part=data.OTHER, style="blob") for r in records]
    pictures = np.stack([square(k) for k in range(6)])
    np.save(folder / "pictures.npy", pictures)
    (folder / "records.json").write_text(json.dumps([asdict(r) for r in records]))
    loaded = config.load()
    return replace(
        loaded,
        work_dir=folder,
        lora=replace(loaded.lora, batch=2),
        controlnet=replace(loaded.controlnet, batch=2),
    )


def test_a_lora_is_small_loads_in_diffusers_and_changes_the_picture(cfg, tmp_path):
    torch.manual_seed(0)
    trainee = lora.LoraTraining(cfg, "blob", MODEL, CPU)
    rng = np.random.default_rng(0)
    losses = [trainee.step(rng, 0.0)["loss"] for _ in range(3)]
    assert np.isfinite(losses).all()
    file = tmp_path / "blob.safetensors"
    trainee.save(file)
    assert file.stat().st_size <= 1_000_000
    pipeline = evaluate.load_pipeline(MODEL)
    plain = evaluate.generate(pipeline, ["house"], 0, num_inference_steps=3)
    pipeline.load_lora_weights(tmp_path, weight_name=file.name)
    styled = evaluate.generate(pipeline, ["house"], 0, num_inference_steps=3)
    assert (plain != styled).any()


def test_a_style_without_pictures_is_named(cfg):
    with pytest.raises(ValueError, match=r"the style 'cubist' has no pictures"):
        lora.LoraTraining(replace(cfg, lora=replace(cfg.lora, styles={"cubist": "cubist"})), "cubist", MODEL, CPU)
    with pytest.raises(ValueError, match=r"no LoRA is called 'cubist' in lora.styles; there are blob, glossy"):
        lora.LoraTraining(cfg, "cubist", MODEL, CPU)


def test_a_controlnet_starts_without_effect_and_learns_one(cfg):
    trainee = controlnet.ControlnetTraining(cfg, MODEL, CPU)
    noisy, t = torch.randn(1, 4, 16, 16), torch.tensor([900])
    context = trainee.base.context(["red square"])

    def effect():
        with torch.no_grad():
            down, middle = trainee.model(noisy, t, context, controlnet_cond=trainee.edges[:1], return_dict=False)
        return sum(float(x.abs().sum()) for x in (*down, middle))

    assert effect() == 0.0
    rng = np.random.default_rng(0)
    for _ in range(2):
        trainee.step(rng, 0.5)
    assert effect() > 0.0


def test_edges_are_where_the_drawing_changes():
    found = controlnet.edges(square(0)[None])[0, 0].numpy() > 0
    assert found[11:13, 20:40].any(0).all()
    assert not found[20:40, 20:40].any()
    assert not found[:5].any()
