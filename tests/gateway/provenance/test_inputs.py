"""What a picture was made of stays in its file, whichever surface it came through; read with the C2PA library."""

from __future__ import annotations

import base64
import io
import json
import zlib

import c2pa
import numpy as np
import pytest
from PIL import Image

from gateway.provenance.inputs import parent_of
from gateway.provenance.watermark import read
from gateway.provenance.xmp import SourceType, packet
from gateway.storage.data_urls import data_url
from gateway.storage.encoding import Encoding, encode
from tests.gateway.provenance.pictures import natural, opened

PICTURE = natural(128, 128)
MASK = np.zeros((128, 128), np.uint8)
MASK[32:64, 32:64] = 255
INPUT = {"prompt": "a pear", "seed": 7, "num_inference_steps": 3, "strength": 0.7}


def as_url(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def with_checksums(data: bytes) -> bytes:
    """A PNG whose chunks were changed, with checksums that fit, so that it is a picture still."""
    at, whole = 8, bytearray(data[:8])
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        whole += data[at:end] + zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(whole)


def report_of(data: bytes, kind: str = "png") -> dict:
    with c2pa.Reader(f"image/{kind}", io.BytesIO(data)) as reader:
        assert reader.get_validation_state() in ("Valid", "Trusted")
        return json.loads(reader.json())


def ingredient_of(data: bytes) -> tuple[dict, dict]:
    """The one ingredient of a file's manifest, and the whole report."""
    report = report_of(data)
    manifest = report["manifests"][report["active_manifest"]]
    (ingredient,) = manifest["ingredients"]
    actions = [
        action for one in manifest["assertions"] if "actions" in one["label"] for action in one["data"]["actions"]
    ]
    kinds = {action["digitalSourceType"].rpartition("/")[2] for action in actions if "digitalSourceType" in action}
    assert kinds == {"compositeWithTrainedAlgorithmicMedia"}
    assert ingredient["relationship"] == "parentOf"
    return ingredient, report


async def made_by_job(client, **fields) -> bytes:
    body = {"model": "toy", "input": {**INPUT, **fields}}
    job = (await client.post("/v1/jobs", json=body, headers={"prefer": "wait"})).json()
    assert job["status"] == "succeeded", job
    return (await client.get(job["output"][0])).content


@pytest.fixture
async def first(client) -> bytes:
    """A picture made here, with a manifest of its own."""
    return await made_by_job(client, prompt="an apple", width=128, height=128, strength=None)


async def by_job(client, data: bytes) -> bytes:
    return await made_by_job(client, image=as_url(data))


async def by_inpainting(client, data: bytes) -> bytes:
    return await made_by_job(client, image=as_url(data), mask=data_url(MASK), strength=1.0)


async def by_upload(client, data: bytes) -> bytes:
    sent = await client.post("/v1/uploads", content=data, headers={"content-type": "image/png"})
    return await made_by_job(client, image=sent.json()["id"])


async def by_retry(client, data: bytes) -> bytes:
    body = {"model": "toy", "input": {**INPUT, "image": as_url(data)}}
    job = (await client.post("/v1/jobs", json=body, headers={"prefer": "wait"})).json()
    again = (await client.post(f"/v1/jobs/{job['id']}/retry")).json()
    while (again := (await client.get(again["urls"]["get"])).json())["status"] != "succeeded":
        pass
    return (await client.get(again["output"][0])).content


async def by_edit(client, data: bytes) -> bytes:
    answer = await client.post(
        "/v1/images/edits", data={"prompt": "a pear", "seed": "7"}, files={"image": ("a.png", data, "image/png")}
    )
    return base64.b64decode(answer.json()["data"][0]["b64_json"])


async def by_variation(client, data: bytes) -> bytes:
    answer = await client.post("/v1/images/variations", files={"image": ("a.png", data, "image/png")})
    return base64.b64decode(answer.json()["data"][0]["b64_json"])


async def by_img2img(client, data: bytes) -> bytes:
    body = {"prompt": "a pear", "steps": 3, "width": 64, "height": 64, "init_images": [base64.b64encode(data).decode()]}
    answer = await client.post("/sdapi/v1/img2img", json=body)
    return base64.b64decode(answer.json()["images"][0])


WAYS = [by_job, by_inpainting, by_upload, by_retry, by_edit, by_variation, by_img2img]


@pytest.mark.parametrize("way", WAYS)
async def test_a_picture_made_here_stays_in_what_is_made_of_it(client, first, way):
    before = report_of(first)["active_manifest"]
    ingredient, report = ingredient_of(await way(client, first))
    assert ingredient["active_manifest"] == before
    assert before in report["manifests"]
    assert not [one for one in report.get("validation_status", []) if "mismatch" in one["code"]]
    assert "XMP: trainedAlgorithmicMedia" in ingredient["description"]


@pytest.mark.parametrize("way", [by_job, by_edit, by_img2img])
async def test_a_photograph_is_named_as_the_parent_and_called_nothing_else(client, way):
    ingredient, report = ingredient_of(await way(client, encode(PICTURE, Encoding())))
    assert len(report["manifests"]) == 1
    assert "description" not in ingredient


async def test_marks_without_a_manifest_are_repeated(client, first):
    """Saved by another program: the manifest and the XMP are gone, the watermark is not; and the other way round."""
    saved = io.BytesIO()
    Image.fromarray(opened(first)).save(saved, "PNG")
    assert read(opened(saved.getvalue())) is not None
    ingredient, _ = ingredient_of(await by_job(client, saved.getvalue()))
    assert ingredient["description"].startswith("AI-marked (watermark: ")
    jpeg = io.BytesIO()
    Image.fromarray(PICTURE).save(jpeg, "JPEG", quality=90, xmp=packet(SourceType.COMPOSITE).encode())
    ingredient, _ = ingredient_of(await made_by_job(client, image=as_url(jpeg.getvalue(), "jpeg")))
    assert ingredient["description"] == "AI-marked (XMP: compositeWithTrainedAlgorithmicMedia)"


async def test_a_manifest_that_does_not_hold_is_kept_with_its_fault(client, first):
    at = first.index(b"CreatorTool")
    data = with_checksums(first[:at] + b"creatorTool" + first[at + 11 :])
    ingredient, report = ingredient_of(await by_job(client, data))
    assert ingredient["active_manifest"] in report["manifests"]
    assert "mismatch" in json.dumps(ingredient.get("validation_results", ingredient.get("validation_status")))


async def test_a_manifest_that_no_library_reads_costs_no_job(client, first):
    at = first.index(b"caBX") + 4
    broken = with_checksums(first[:at] + bytes(64) + first[at + 64 :])
    ingredient, _ = ingredient_of(await by_job(client, broken))
    assert "active_manifest" not in ingredient


async def test_the_store_tells_files_with_other_marks_apart(client, first, backend):
    await by_job(client, first)
    again = await by_job(client, first)
    assert len(backend.requests) == 2
    plain = io.BytesIO()
    Image.fromarray(opened(first)).save(plain, "PNG")
    other = await by_job(client, plain.getvalue())
    assert len(backend.requests) == 3
    assert ingredient_of(again)[0]["active_manifest"]
    assert "active_manifest" not in ingredient_of(other)[0]


def test_what_says_nothing_is_said_nothing_of() -> None:
    assert parent_of(encode(PICTURE, Encoding())).stated == ""
