"""Files are read back with the C2PA library itself, with Pillow, and with AUTOMATIC1111's own expression."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime

import c2pa
import numpy as np
import pytest
from PIL import Image

from gateway.provenance.certificate import CertificateError, load_certificate, make_certificate
from gateway.provenance.importing import imported
from gateway.provenance.inputs import parent_of
from gateway.provenance.marking import Marker
from gateway.provenance.reading import read_texts
from gateway.provenance.recipe import recipe_of
from gateway.provenance.seal import Seal, read_seal
from gateway.provenance.watermark import read
from gateway.storage.encoding import Encoding, ImageFormat
from tests.gateway.provenance.pictures import natural, opened
from tests.gateway.provenance.test_infotext import ITS_PAIRS, MADE_OF

NOW = datetime.now(UTC)
FORMATS = list(ImageFormat)
RECIPE = recipe_of({**MADE_OF, "prompt": 'maçã "vermelha" 苹果\n<a & b>'}, "toy", "f" * 64, 5)
PICTURE = natural(128, 192)


@pytest.fixture(scope="module")
def certificate():
    return make_certificate(NOW)


@pytest.fixture(scope="module")
def marker(certificate):
    return Marker(7, True, Seal(certificate))


def report_of(data: bytes, form: ImageFormat) -> tuple[str, dict]:
    with c2pa.Reader(f"image/{form}", io.BytesIO(data)) as reader:
        return reader.get_validation_state(), json.loads(reader.json())


@pytest.mark.parametrize("form", FORMATS)
class TestFile:
    async def test_every_layer_is_there(self, marker, form):
        data = marker.finish(PICTURE, Encoding(form, 90), RECIPE)
        texts = await read_texts(data)
        assert "digitalsourcetype/trainedAlgorithmicMedia" in texts.xmp
        assert read(opened(data)).id == 7
        assert texts.infotext.startswith(RECIPE["prompt"])
        assert len(ITS_PAIRS.findall(texts.infotext.rpartition("\n")[2])) >= 3
        found = imported(texts)
        assert found.source == "avila"
        assert found.recipe == {name: value for name, value in RECIPE.items() if name not in ("format", "software")}

    def test_the_c2pa_library_finds_a_whole_manifest(self, marker, form):
        state, report = report_of(marker.finish(PICTURE, Encoding(form), RECIPE), form)
        manifest = report["manifests"][report["active_manifest"]]
        assert state == "Valid"
        assert [status["code"] for status in report["validation_status"]] == ["signingCredential.untrusted"]
        assert manifest["claim_generator_info"][0]["name"] == "Avila Diffusion"
        (action,) = manifest["assertions"][0]["data"]["actions"]
        assert action["action"] == "c2pa.created"
        assert action["digitalSourceType"].endswith("/trainedAlgorithmicMedia")

    def test_a_changed_file_is_found_out(self, marker, form):
        data = bytearray(marker.finish(PICTURE, Encoding(form), RECIPE))
        data[data.index(b"vermelha" if form is ImageFormat.PNG else b"trainedAlgorithmicMedia")] ^= 1
        assert report_of(bytes(data), form)[0] == "Invalid"
        assert read_seal(bytes(data), f"image/{form}").state == "invalid"

    async def test_the_recipe_can_be_left_out_and_the_marks_cannot(self, marker, form):
        data = marker.finish(PICTURE, Encoding(form, 90, has_recipe=False), RECIPE)
        texts = await read_texts(data)
        assert imported(texts) is None
        assert b"vermelha" not in data
        assert "trainedAlgorithmicMedia" in texts.xmp
        assert (read(opened(data)).id, report_of(data, form)[0]) == (7, "Valid")

    async def test_a_picture_made_of_another_says_so_and_keeps_its_manifest(self, marker, form):
        first = marker.finish(PICTURE, Encoding(form), RECIPE)
        data = marker.finish(natural(128, 128, 3), Encoding(form, 90), RECIPE, parents=[parent_of(first)])
        state, report = report_of(data, form)
        assert state == "Valid"
        assert len(report["manifests"]) == 2
        (ingredient,) = report["manifests"][report["active_manifest"]]["ingredients"]
        assert ingredient["relationship"] == "parentOf"
        assert ingredient["active_manifest"] in report["manifests"]
        assert ingredient["description"] == "AI-marked (XMP: trainedAlgorithmicMedia; watermark: 00000007)"
        assert "digitalsourcetype/compositeWithTrainedAlgorithmicMedia" in (await read_texts(data)).xmp

    async def test_the_operators_switches_are_obeyed(self, form):
        data = Marker().finish(PICTURE, Encoding(form, 90), RECIPE)
        assert (await read_texts(data)).xmp == ""
        assert c2pa.Reader.try_create(f"image/{form}", io.BytesIO(data)) is None
        assert read(opened(data)) is None
        if form is ImageFormat.PNG:
            assert np.array_equal(opened(data), PICTURE)

    async def test_a_very_long_prompt_breaks_no_file(self, marker, form):
        data = marker.finish(PICTURE, Encoding(form, 90), {**RECIPE, "prompt": "苹" * 32_000})
        assert report_of(data, form)[0] == "Valid"
        assert "trainedAlgorithmicMedia" in (await read_texts(data)).xmp


@pytest.mark.parametrize("form", FORMATS)
class TestAnotherFile:
    """Of a picture that is there: in another format, or without what its maker keeps to himself."""

    @pytest.mark.parametrize("first", FORMATS)
    async def test_keeps_every_mark_but_not_the_recipe(self, marker, first, form):
        before = marker.finish(PICTURE, Encoding(first, 95), RECIPE)
        data = marker.rewrite(before, Encoding(form, 90, has_recipe=False), RECIPE)
        texts = await read_texts(data)
        assert texts.format.lower() == form
        assert imported(texts) is None
        assert b"vermelha" not in data
        assert "苹果".encode() not in data
        assert "digitalsourcetype/trainedAlgorithmicMedia" in texts.xmp
        assert read(opened(data)).id == 7
        state, report = report_of(data, form)
        assert state == "Valid"
        manifest = report["manifests"][report["active_manifest"]]
        actions = [action for one in manifest["assertions"] for action in one["data"].get("actions", [])]
        assert "c2pa.transcoded" in [action["action"] for action in actions]
        assert [ingredient["relationship"] for ingredient in manifest["ingredients"]] == ["parentOf"]
        assert read_seal(data, f"image/{form}").source_types == ("trainedAlgorithmicMedia",)

    async def test_brings_the_recipe_where_it_is_wanted(self, marker, form):
        before = marker.finish(PICTURE, Encoding(has_recipe=False), RECIPE)
        found = imported(await read_texts(marker.rewrite(before, Encoding(form), RECIPE)))
        assert found.recipe["prompt"] == RECIPE["prompt"]

    async def test_is_the_same_where_it_is_so_already(self, marker, form):
        for has_recipe in (True, False):
            encoding = Encoding(form, 90, has_recipe)
            data = marker.finish(PICTURE, encoding, RECIPE)
            assert marker.rewrite(data, encoding, RECIPE) is data

    async def test_of_a_composite_stays_one(self, marker, form):
        parent = parent_of(marker.finish(PICTURE, Encoding(), RECIPE))
        for its_marker in (marker, Marker(7, writes_xmp=False, seal=marker.seal)):
            before = its_marker.finish(PICTURE, Encoding(), RECIPE, [parent])
            data = marker.rewrite(before, Encoding(form, 90, has_recipe=False), RECIPE)
            assert "digitalsourcetype/compositeWithTrainedAlgorithmicMedia" in (await read_texts(data)).xmp


class TestCertificate:
    def test_whoever_trusts_the_issuer_trusts_the_picture(self, certificate, marker):
        data = marker.finish(PICTURE, Encoding(), RECIPE)
        assert read_seal(data, "image/png", certificate.issuer).state == "trusted"
        assert read_seal(data, "image/png", make_certificate(NOW).issuer).state == "valid"

    def test_the_operators_own_is_used(self, tmp_path, certificate):
        (tmp_path / "chain.pem").write_text(certificate.chain)
        (tmp_path / "key.pem").write_text(certificate.key)
        loaded = load_certificate(tmp_path / "chain.pem", tmp_path / "key.pem", NOW)
        assert (loaded.is_development, loaded.algorithm) == (False, "es256")
        assert report_of(Marker(seal=Seal(loaded)).finish(PICTURE, Encoding(), RECIPE), ImageFormat.PNG)[0] == "Valid"

    def test_one_that_cannot_sign_is_refused_with_the_reason(self, tmp_path, certificate):
        chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
        with pytest.raises(CertificateError, match=re.escape(str(chain))):
            load_certificate(chain, key, NOW)
        chain.write_text(certificate.chain)
        key.write_text("nonsense")
        with pytest.raises(CertificateError, match="must be PEM"):
            load_certificate(chain, key, NOW)
        key.write_text(make_certificate(NOW).key)
        with pytest.raises(CertificateError, match="does not belong"):
            load_certificate(chain, key, NOW)
        key.write_text(certificate.key)
        with pytest.raises(CertificateError, match="not valid at 2099"):
            load_certificate(chain, key, datetime(2099, 1, 1, tzinfo=UTC))


def test_the_software_chunk_is_read_by_pillow(marker):
    picture = Image.open(io.BytesIO(marker.finish(PICTURE, Encoding(ImageFormat.PNG), RECIPE)))
    assert set(picture.info) >= {"parameters", "avila", "XML:com.adobe.xmp"}
