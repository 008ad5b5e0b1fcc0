"""The forms of a prompt on the shipped pipeline, through the gateway and the real Triton."""

from __future__ import annotations

import hashlib
import json

import httpx
import numpy as np
import pytest
from safetensors.numpy import save_file

pytestmark = [pytest.mark.triton, pytest.mark.slow]

INPUT = {"prompt": "a red apple", "negative_prompt": "blurred", "seed": 5, "num_inference_steps": 4}
FORMS = {
    "plain": {},
    "weights": {"prompt": "a (red:1.6) apple"},
    "weights, ignored": {"prompt": "a (red:1.6) apple", "emphasis": "ignore"},
    "schedule": {"prompt": "a red [apple:pear:2]"},
    "turns": {"prompt": "a red [apple|pear]"},
    "joined": {"prompt": "a red apple AND a pear :0.6"},
    "two chunks": {"prompt": "a red apple BREAK a table"},
    "clip skip": {"clip_skip": 1},
    "embedding": {"prompt": "a mytoy"},
    "variant": {"prompt": "a {red} {green|blue} apple"},
    "wildcard": {"prompt": "a __colour__ apple"},
}
CHOSEN = {
    "variant": ("a {red} green apple", "a {red} blue apple"),
    "wildcard": ("a purple apple", "a grey apple"),
}
SAME = {"weights, ignored": "plain"}


def other_faces(client, prompt):
    """What OpenAI's face and AUTOMATIC1111's say that they have made of a prompt."""
    body = {"model": "avila-demo", "prompt": prompt, "seed": INPUT["seed"], "num_inference_steps": 4}
    openai = client.post("/v1/images/generations", json=body)
    assert openai.status_code == 200, openai.text
    body = {"prompt": prompt, "seed": INPUT["seed"], "steps": 4, "width": 64, "height": 64}
    a1111 = client.post("/sdapi/v1/txt2img", json=body)
    assert a1111.status_code == 200, a1111.text
    return {
        "openai": openai.json()["data"][0]["revised_prompt"],
        "a1111": json.loads(a1111.json()["info"])["prompt"],
    }


def test_every_form_of_a_prompt_makes_its_picture(make_service, tmp_path):
    service = make_service(install_shipped=True, model_repository=tmp_path / "models")
    (tmp_path / "data" / "embeddings").mkdir(parents=True)
    vectors = np.random.default_rng(1).normal(0, 0.3, (2, 192)).astype(np.float32)
    save_file({"emb_params": vectors}, tmp_path / "data" / "embeddings" / "mytoy.safetensors")
    (tmp_path / "data" / "prompts" / "wildcards").mkdir(parents=True)
    (tmp_path / "data" / "prompts" / "wildcards" / "colour.txt").write_text("purple\ngrey\n")
    service.start()
    with httpx.Client(base_url=service.address, headers=service.headers, timeout=90) as client:
        pictures = {}
        for name, change in FORMS.items():
            body = {"model": "avila-demo", "input": INPUT | change}
            job = client.post("/v1/jobs", json=body, headers={"prefer": "wait=60"}).json()
            assert job["status"] == "succeeded", (name, job)
            pictures[name] = hashlib.sha256(client.get(job["output"][0]).content).hexdigest()
            if name in CHOSEN:
                assert job["input"]["prompt"] in CHOSEN[name]
                assert job["input"]["original_prompt"] == change["prompt"]
        made = other_faces(client, "a __colour__ apple")
        assert made == dict.fromkeys(("openai", "a1111"), job["input"]["prompt"]), "the same seed chooses the same"
        refused = client.post("/v1/jobs", json={"model": "avila-demo", "input": INPUT | {"clip_skip": 9}}).json()
        assert refused["detail"] == "clip_skip: 9 is not allowed; expected a whole number from 0 to 3"
        count = client.post("/v1/prompts/tokens", json={"model": "avila-demo", "prompt": "a mytoy"}).json()
        assert count["encoders"][0]["texts"][0]["tokens"] == 3
    for name, picture in pictures.items():
        others = {other: found for other, found in pictures.items() if other not in (name, SAME.get(name))}
        assert picture not in {found for other, found in others.items() if SAME.get(other) != name}, name
    assert service.stop() == 0
