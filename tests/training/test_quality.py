"""The quality gate: the shipped pipeline, through our own engine, draws what twelve prompts ask for."""

import uuid
from pathlib import Path

import numpy as np
import pytest

from avila.shipped import SHIPPED
from diffusion.admission import make_request
from diffusion.events import Finished, ImageDone
from export.repository import install_pipeline
from gateway.backend.inprocess import InProcessBackend
from gateway.settings import Settings

pytest.importorskip("torch", reason="the judge needs the export extra")

from training import evaluate, gate

ROOT = Path(__file__).parents[2]
AT_LEAST = 10  # of the twelve; the sheet of 64 asks for 80 per cent
SEED = 1


@pytest.fixture(scope="module")
def judge():
    return gate.Gate.load()


@pytest.fixture(scope="module")
def prompts():
    sheet = {prompt.text: prompt for prompt in evaluate.read_prompts(ROOT / "training" / "prompts.toml")}
    return [sheet[text] for text in gate.PROMPTS]


@pytest.fixture
async def draw(tmp_path):
    """Draws one picture with the engine in process."""
    install_pipeline(SHIPPED, tmp_path / "models", SHIPPED.name)
    backend = InProcessBackend(Settings(model_repository=tmp_path / "models", component_threads=2))
    await backend.start()

    async def one(prompt, seed=SEED, **options):
        spec = backend.pipelines[SHIPPED.name]
        request = make_request(spec, request_id=uuid.uuid4().hex, prompt=prompt, seed=seed, **options)
        events = [event async for event in backend.submit(request)]
        assert isinstance(events[-1], Finished), events[-1]
        return next(event.pixels for event in events if isinstance(event, ImageDone))

    yield one
    await backend.aclose()


async def test_twelve_prompts_are_recognised(draw, judge, prompts) -> None:
    assert len(prompts) == 12
    pictures = [await draw(prompt.text, SEED + k) for k, prompt in enumerate(prompts)]
    verdicts = {
        prompt.text: judge.recognises(picture, prompt.shows, prompt.colour)
        for prompt, picture in zip(prompts, pictures, strict=True)
    }
    assert sum(verdicts.values()) >= AT_LEAST, verdicts
    # the judge tells them apart: for another prompt's picture it says no
    swapped = [
        judge.recognises(x, p.shows, p.colour) for p, x in zip(prompts, pictures[1:] + pictures[:1], strict=True)
    ]
    assert sum(swapped) <= 1


def test_noise_is_not_recognised(judge, prompts) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert not any(judge.recognises(noise, prompt.shows, prompt.colour) for prompt in prompts)


async def test_seed_guidance_and_negative_prompt_have_the_effect_that_users_expect(draw) -> None:
    steps = {"num_inference_steps": 12}
    first = (await draw("star", 1, **steps)).astype(int)
    assert (first == await draw("star", 1, **steps)).all()
    assert np.abs(first - await draw("star", 2, **steps)).mean() > 2
    # guidance moves the picture towards the prompt's colour
    plain = await draw("green heart", 3, guidance_scale=1.0, **steps)
    guided = await draw("green heart", 3, guidance_scale=4.0, **steps)
    assert greenness(guided) > greenness(plain)
    # what the negative prompt names recedes
    red = await draw("heart", 3, guidance_scale=4.0, **steps)
    less_red = await draw("heart", 3, guidance_scale=4.0, negative_prompt="red heart", **steps)
    assert redness(less_red) < 0.85 * redness(red)


def greenness(picture) -> float:
    r, g, b = (picture[..., k].astype(float) for k in range(3))
    return float(np.clip(g - np.maximum(r, b), 0, None).mean())


def redness(picture) -> float:
    r, g, b = (picture[..., k].astype(float) for k in range(3))
    return float(np.clip(r - np.maximum(g, b), 0, None).mean())
