from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.errors import InvalidFieldError
from diffusion.pipeline import Capability, PipelineSpec
from tests.fakes.pipeline import make_spec

WITHOUT_ENCODER = make_spec(max_rows={"text_encoder": 4, "unet": 8, "vae_decoder": 4})
WITH_LORAS = make_spec(lora_layers={"unet": {"to_q": (4, 4)}})


@pytest.mark.parametrize(
    ("spec", "more"),
    [
        (make_spec(), {Capability.IMAGE_TO_IMAGE, Capability.INPAINTING}),
        (WITHOUT_ENCODER, set()),
        (WITH_LORAS, {Capability.IMAGE_TO_IMAGE, Capability.INPAINTING, Capability.LORAS}),
    ],
)
def test_what_a_pipeline_can_do_follows_from_its_networks(spec: PipelineSpec, more: set[Capability]) -> None:
    assert set(spec.capabilities) == {Capability.TEXT_TO_IMAGE, *more}


def test_they_are_told_in_pipeline_json_and_follow_anew_when_it_is_read() -> None:
    told = json.loads(WITH_LORAS.to_json())
    assert told["capabilities"] == ["text_to_image", "image_to_image", "inpainting", "loras"]
    del told["capabilities"]  # as an earlier release wrote it
    assert PipelineSpec.from_json(json.dumps(told)).capabilities == WITH_LORAS.capabilities


def test_an_image_is_refused_where_no_encoder_is_installed() -> None:
    picture = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(InvalidFieldError, match="image_to_image") as caught:
        make_request(WITHOUT_ENCODER, request_id="r", prompt="a", image=picture)
    assert (caught.value.field, caught.value.given) == ("model", "'toy'")


def test_an_inpainting_unet_takes_no_plain_text() -> None:
    spec = make_spec(latent=dataclasses.replace(make_spec().latent, mask_channels=5))
    assert spec.capabilities == (Capability.INPAINTING,)
    with pytest.raises(InvalidFieldError, match="text_to_image"):
        make_request(spec, request_id="r", prompt="a")
