"""The safety checker's slot: exported, compared with diffusers' own class, installed, and served by both backends."""

from __future__ import annotations

import asyncio
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from diffusion.safety import MODEL, CheckerSpec, shown_concepts
from export import standalone
from export.errors import CheckpointError, RepositoryError, UnsupportedArchitectureError, WeightsMismatchError
from export.safety_checker import CheckerFiles
from export.standalone import install, remove
from gateway.backend.checker import NetworkChecker
from gateway.backend.onnx_network import OnnxNetwork
from gateway.backend.standalone import NetworkAwayError
from gateway.backend.triton.network import TritonNetwork
from gateway.safety.pixels import blurred, prepared
from tests.e2e.running import running_triton
from tests.safety.checkers import make_checker, pictures


@pytest.fixture(autouse=True)
def _quiet() -> None:
    warnings.simplefilter("ignore")


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checker") / "safety_checker"
    return folder, make_checker(folder)


@pytest.fixture(scope="module")
def installed(original, tmp_path_factory) -> Path:
    repository = tmp_path_factory.mktemp("installed") / "models"
    install(CheckerFiles.read(original[0]), repository)
    return repository


def in_process(repository: Path, threads: int) -> NetworkChecker:
    return NetworkChecker(OnnxNetwork(CheckerSpec, repository, threads))


def on_triton(url: str, repository: Path) -> NetworkChecker:
    return NetworkChecker(TritonNetwork(CheckerSpec, url, repository))


def scores(checker, drawings, spec):
    async def ask():
        found = [await checker.scores(prepared(drawing, spec)) for drawing in drawings]
        await checker.aclose()
        return found

    return asyncio.run(ask())


class TestSameAsDiffusers:
    def test_it_finds_what_diffusers_finds_in_each_picture(self, original, installed):
        import torch

        drawings, spec = pictures(40), CheckerSpec.installed(installed)
        given = torch.from_numpy(np.concatenate([prepared(drawing, spec) for drawing in drawings]))
        _, expected = original[1](clip_input=given, images=[np.zeros((2, 2, 3)) for _ in drawings])
        found = scores(in_process(installed, 1), drawings, spec)
        flagged = [bool(shown_concepts(special[0], concepts[0])) for special, concepts in found]
        assert flagged == [bool(one) for one in expected]
        assert 3 < sum(flagged) < 38, "the drawings do not tell anything apart"

    def test_sensitivity_moves_the_threshold_both_ways(self, installed):
        spec = CheckerSpec.installed(installed)
        found = scores(in_process(installed, 1), pictures(20), spec)
        counts = [
            sum(len(shown_concepts(special[0], concepts[0], shift)) for special, concepts in found)
            for shift in (-0.2, 0.0, 0.2)
        ]
        assert counts[0] < counts[1] < counts[2]

    def test_a_special_concept_sharpens_the_others_by_a_hundredth(self):
        concepts = np.array([-0.005, -0.02], np.float32)
        assert shown_concepts(np.array([-1.0], np.float32), concepts) == ()
        assert shown_concepts(np.array([0.1], np.float32), concepts) == (0,)

    def test_pictures_are_prepared_as_by_clips_own_processor(self, installed):
        from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

        spec = CheckerSpec.installed(installed)
        size, crop = {"shortest_edge": spec.side}, {"height": spec.side, "width": spec.side}
        processor = CLIPImageProcessorPil(size=size, crop_size=crop)
        for drawing in (*pictures(3), np.ascontiguousarray(pictures(1)[0].transpose(1, 0, 2))):
            expected = processor(images=drawing, return_tensors="np")["pixel_values"]
            np.testing.assert_allclose(prepared(drawing, spec), expected, atol=1e-5)


class TestServed:
    @pytest.mark.triton
    def test_both_backends_give_the_networks_own_scores(self, original, installed, triton_environment, tmp_path):
        import torch

        drawings, spec = pictures(3), CheckerSpec.installed(installed)
        here = scores(in_process(installed, 1), drawings, spec)
        with running_triton(triton_environment, installed, tmp_path, component_threads=1) as server:
            server.load_all()
            there = scores(on_triton(server.url, installed), drawings, spec)
        from export.standalone_networks import load_standalone

        network = load_standalone(CheckerFiles.read(original[0]))
        for drawing, *both in zip(drawings, here, there, strict=True):
            expected = [tensor.numpy() for tensor in network(torch.from_numpy(prepared(drawing, spec)))]
            for found in both:
                for right, given in zip(expected, found, strict=True):
                    np.testing.assert_allclose(given, right, atol=2e-5)

    def test_what_is_not_installed_is_away_and_not_silent(self, tmp_path):
        for checker in (in_process(tmp_path, 1), on_triton("127.0.0.1:9", tmp_path)):
            assert checker.spec is None
            with pytest.raises(NetworkAwayError, match="no safety checker is installed"):
                asyncio.run(checker.scores(np.zeros((1, 3, 32, 32), np.float32)))

    def test_a_triton_that_does_not_answer_is_away(self, installed):
        checker = on_triton("127.0.0.1:9", installed)
        with pytest.raises(NetworkAwayError, match=MODEL):
            scores(checker, pictures(1), checker.spec)

    def test_a_batch_of_another_size_is_refused_before_it_is_run(self, installed):
        for checker in (in_process(installed, 1), on_triton("127.0.0.1:9", installed)):
            with pytest.raises(NetworkAwayError, match="clip_input"):
                asyncio.run(checker.scores(np.zeros((1, 3, 16, 16), np.float32)))


class TestInstalling:
    def test_another_one_of_the_architecture_needs_no_export(self, installed, tmp_path, monkeypatch):
        make_checker(tmp_path / "other", seed=1)
        monkeypatch.setattr(standalone, "run_job", lambda *_: pytest.fail("exported again"))
        before = CheckerSpec.installed(installed)
        copy = tmp_path / "models"
        shutil.copytree(installed, copy)
        shutil.copytree(installed.parent / ".models.avila", tmp_path / ".models.avila")
        spec = install(CheckerFiles.read(tmp_path / "other"), copy)
        assert spec == CheckerSpec.installed(copy)
        assert spec.fingerprint != before.fingerprint
        first, second = (scores(in_process(folder, 1), pictures(1), spec)[0] for folder in (installed, copy))
        assert np.abs(first[1] - second[1]).max() > 0.01, "the weights are still the first one's"

    def test_older_files_with_the_inner_models_name_are_read(self, original, installed, tmp_path):
        folder = tmp_path / "old"
        shutil.copytree(original[0], folder)
        renamed = {
            name.replace("vision_model.", "vision_model.vision_model.", 1): tensor
            for name, tensor in load_file(folder / "model.safetensors").items()
        }
        renamed["vision_model.vision_model.embeddings.position_ids"] = np.arange(17, dtype=np.int64)[None]
        save_file(renamed, folder / "model.safetensors")
        repository = tmp_path / "models"
        shutil.copytree(installed.parent / ".models.avila", tmp_path / ".models.avila")
        install(CheckerFiles.read(folder), repository)
        spec = CheckerSpec.installed(repository)
        for old, new in zip(
            scores(in_process(repository, 1), pictures(2), spec),
            scores(in_process(installed, 1), pictures(2), spec),
            strict=True,
        ):
            np.testing.assert_array_equal(old[1], new[1])

    def test_it_is_removed_whole(self, installed, tmp_path):
        copy = tmp_path / "models"
        shutil.copytree(installed, copy)
        remove(CheckerSpec, copy)
        assert list(copy.iterdir()) == []
        with pytest.raises(RepositoryError, match="no safety checker"):
            remove(CheckerSpec, copy)

    @pytest.mark.parametrize(
        ("change", "error", "words"),
        [
            ({"architectures": ["CLIPModel"]}, UnsupportedArchitectureError, "a CLIPModel; served is"),
            ({"vision_config": {"num_channels": 1}}, UnsupportedArchitectureError, "1 channels"),
            (None, CheckpointError, "no such file"),
            ("no weights", CheckpointError, "no model.safetensors; pickled weights are not read"),
            ("no concepts", CheckpointError, "has no concept_embeds"),
            ("narrower", WeightsMismatchError, "visual_projection.weight"),
            ("no numbers", CheckpointError, "image_mean is 'grey'"),
        ],
    )
    def test_what_cannot_be_served_is_named_and_nothing_is_installed(self, original, tmp_path, change, error, words):
        folder, repository = tmp_path / "broken", tmp_path / "models"
        shutil.copytree(original[0], folder)
        config = json.loads((folder / "config.json").read_text())
        tensors = load_file(folder / "model.safetensors")
        if isinstance(change, dict):
            (folder / "config.json").write_text(json.dumps({**config, **change}))
        elif change is None:
            (folder / "config.json").unlink()
        elif change == "no weights":
            (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
        elif change == "no concepts":
            del tensors["concept_embeds"]
            save_file(tensors, folder / "model.safetensors")
        elif change == "narrower":
            tensors["visual_projection.weight"] = tensors["visual_projection.weight"][:20]
            save_file(tensors, folder / "model.safetensors")
        else:
            (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": "grey"}))
        with pytest.raises(error, match=words):
            install(CheckerFiles.read(folder), repository)
        assert not (repository / MODEL).exists()


def test_of_a_blurred_picture_nothing_can_be_made_out():
    fine = np.indices((96, 96)).sum(0) % 2 * 255
    drawing = np.ascontiguousarray(fine.astype(np.uint8)[..., None].repeat(3, 2))
    drawing[:, :48, 0] = 255  # a red half
    soft = blurred(drawing)
    assert soft.shape == drawing.shape
    assert np.abs(np.diff(soft.astype(int), axis=0)).max() <= 2, "the fine pattern is still there"
    assert soft[:, :24, 0].mean() - soft[:, 72:, 0].mean() > 50, "the colours are gone as well"
