"""Clip skip and textual inversion on the shipped pipeline: the same text states and pictures as diffusers'."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.embeddings import EmbeddingError, EmbeddingTokenizer, read_embedding
from diffusion.errors import InvalidFieldError
from diffusion.events import Failed, ImageDone, is_terminal
from diffusion.pipeline import PipelineSpec, component_specs
from export.repository import install_pipeline
from export.verify_pipeline import psnr
from gateway.backend.onnx_runner import OnnxRunner
from tests.architecture.test_house_rules import ROOT
from tests.fakes.pipeline import CharTokenizer

SHIPPED = ROOT / "models" / "avila-demo"
COMMON = {"width": 64, "height": 64, "seed": 3, "num_inference_steps": 3, "guidance_scale": 4.0}
CASES = {
    "plain": {"prompt": "a red apple", "negative_prompt": "blurred"},
    "one layer less": {"prompt": "a red apple", "negative_prompt": "blurred", "clip_skip": 1},
    "three layers less": {"prompt": "a red apple", "clip_skip": 3},
    "a word of one vector": {"prompt": "a toyone on a table", "negative_prompt": "blurred"},
    "a word of three vectors": {
        "prompt": "a Toythree",
        "negative_prompt": "toyone, toythree",
    },
    "all at once": {"prompt": "toythree and toyone", "negative_prompt": "toyone", "clip_skip": 2},
}


def write_embedding(path, shape, name="emb_params", seed=1):
    from safetensors.numpy import save_file

    save_file({name: np.random.default_rng(seed).normal(0, 0.3, shape).astype(np.float32)}, path)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    repository = tmp_path_factory.mktemp("prompt-models")
    install_pipeline(SHIPPED, repository, "demo")
    return repository


@pytest.fixture(scope="module")
def demo(repository) -> PipelineSpec:
    return PipelineSpec.load(repository / "demo" / "1" / "pipeline.json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, demo):
    folder = tmp_path_factory.mktemp("embeddings")
    write_embedding(folder / "toyone.safetensors", (demo.text.width,), "<toyone>", seed=1)
    write_embedding(folder / "toythree.safetensors", (3, demo.text.width), seed=2)
    write_embedding(folder / "wide.safetensors", (1, demo.text.width + 1))
    return folder


def generate(repository, demo, folder, cases):
    runner = OnnxRunner(component_specs(demo))
    runner.load(repository, "demo", 1)
    files = Files(repository / "demo" / "1" / "tokenizer.json", [folder])
    loop = make_loop(demo, files, runner, max_waiting=16, clock=time.monotonic)
    pictures, ended = {}, {}

    def listen(event):
        if isinstance(event, ImageDone):
            pictures[event.request_id] = event.pixels
        if is_terminal(event):
            ended[event.request_id] = event

    for name, given in cases.items():
        fields = COMMON | {"sampler": "ddim", "schedule": "trailing"} | given
        loop.submit(make_request(demo, request_id=name, **fields), listen)
    loop.start()
    deadline = time.monotonic() + 60
    while len(ended) < len(cases) and time.monotonic() < deadline:
        time.sleep(0.02)
    loop.stop()
    return pictures, ended


@pytest.fixture(scope="module")
def ours(repository, demo, folder):
    """Every case at once: rows with different skips and words share the encoder's calls."""
    pictures, ended = generate(repository, demo, folder, CASES)
    assert [event for event in ended.values() if isinstance(event, Failed)] == []
    return pictures


@pytest.fixture(scope="module")
def theirs(folder):
    import torch
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = StableDiffusionPipeline.from_pretrained(
            SHIPPED, torch_dtype=torch.float32, local_files_only=True, safety_checker=None
        )
    pipeline.scheduler = DDIMScheduler.from_config(dict(pipeline.scheduler.config) | {"timestep_spacing": "trailing"})
    pipeline.set_progress_bar_config(disable=True)
    # diffusers' clip_skip looks for a module that transformers 5 has merged into this one; it must not become a child
    object.__setattr__(pipeline.text_encoder, "text_model", pipeline.text_encoder)
    for name in ("toyone", "toythree"):
        pipeline.load_textual_inversion(folder / f"{name}.safetensors", token=name)
    return pipeline


@pytest.mark.parametrize("case", CASES)
def test_the_picture_is_diffusers(case, ours, theirs):
    import torch

    fields = COMMON | CASES[case]
    seed = fields.pop("seed")
    skip = fields.pop("clip_skip", None)
    # diffusers skips layers of the prompt only; AUTOMATIC1111 and this service of the negative prompt as well
    for name in ("prompt", "negative_prompt"):
        text = fields.pop(name, "").lower()
        fields[f"{name}_embeds"] = theirs.encode_prompt(text, "cpu", 1, False, clip_skip=skip)[0]
    result = theirs(**fields, generator=torch.Generator().manual_seed(seed), output_type="np")
    right = np.round(result.images[0] * 255).astype(np.uint8)
    assert np.abs(ours[case].astype(int) - right).max() <= 2
    assert psnr(ours[case], right) >= 50.0


def test_each_case_is_another_picture(ours):
    names = list(CASES)
    for i, first in enumerate(names):
        assert all(psnr(ours[first], ours[second]) < 45 for second in names[i + 1 :]), first


def test_a_file_of_another_width_is_refused_with_the_field(repository, demo, folder):
    cases = {
        "p": {"prompt": "a wide thing"},
        "n": {"prompt": "a", "negative_prompt": "wide"},
        "ok": {"prompt": "widely"},
    }
    _, ended = generate(repository, demo, folder, cases)
    assert [ended[name].facts.get("field") for name in ("p", "n")] == ["prompt", "negative_prompt"]
    assert "this text encoder's vectors have width 192" in ended["p"].message
    assert not isinstance(ended["ok"], Failed)


def test_more_layers_than_there_are_is_refused(demo):
    with pytest.raises(InvalidFieldError, match="clip_skip: 4 is not allowed; expected a whole number from 0 to 3"):
        make_request(demo, request_id="r", prompt="a", clip_skip=4)


class TestNames:
    @pytest.fixture
    def tokenizer(self, tmp_path, demo):
        write_embedding(tmp_path / "cat.safetensors", (2, demo.text.width))
        write_embedding(tmp_path / "cat-toy.safetensors", (1, demo.text.width))
        return EmbeddingTokenizer(CharTokenizer(), [tmp_path / "missing", tmp_path], demo.text)

    @pytest.mark.parametrize(
        ("text", "vectors"), [("cat", 2), ("a CAT, cat", 4), ("catalogue", 0), ("cat-toy", 1), ("bobcat cats", 0)]
    )
    def test_a_name_is_a_word_of_its_own(self, tokenizer, text, vectors):
        ids = tokenizer.encode(text)
        assert sum(token < 0 for token in ids) == vectors
        assert len(tokenizer.starts(text)) == len(ids)

    def test_a_file_that_changes_is_read_again(self, tokenizer, tmp_path, demo):
        before = tokenizer.encode("cat")
        write_embedding(tmp_path / "cat.safetensors", (3, demo.text.width))
        after = tokenizer.encode("cat")
        assert (len(before), len(after)) == (2, 3)
        assert not set(before) & set(after)


@pytest.mark.parametrize(
    ("shape", "reason"), [((2, 2, 192), "shape"), ((23, 192), "23 vectors; expected 1 to 22"), ((0, 192), "0 vectors")]
)
def test_a_file_that_fits_no_prompt_is_refused(tmp_path, demo, shape, reason):
    write_embedding(tmp_path / "x.safetensors", shape)
    with pytest.raises(EmbeddingError, match=reason):
        read_embedding(tmp_path / "x.safetensors", demo.text)


def test_what_is_no_safetensors_file_is_refused(tmp_path, demo):
    (tmp_path / "x.safetensors").write_bytes(b"not")
    with pytest.raises(EmbeddingError, match="not a safetensors file"):
        read_embedding(tmp_path / "x.safetensors", demo.text)
