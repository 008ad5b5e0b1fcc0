from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from diffusion.components import Component
from diffusion.pipeline import PipelineSpec, component_specs
from export import recipe as recipe_module
from export.checkpoint import Checkpoint
from export.errors import (
    AxesDifferError,
    CheckpointError,
    DamagedFileError,
    ExportError,
    NotEnoughSpaceError,
    PickledCheckpointError,
    RepositoryError,
    UnknownArchitectureError,
    UnsupportedArchitectureError,
    UnsupportedOpsetError,
    WeightsMismatchError,
)
from export.recipe import SOURCE_REPOSITORY
from export.repository import install_pipeline, installed_pipelines, remove_pipeline
from export.verify import verify_component
from tests.export.tiny import rewrite_json

ROOT = Path(__file__).parents[2]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tmp_path / "data" / "models"


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """The tiny pipeline in a folder of its own, to be damaged."""
    return shutil.copytree(tiny, tmp_path / "checkpoint")


def snapshot(repository: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every file: any write shows."""
    files = (path for path in repository.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


class TestInstall:
    def test_every_installed_component_equals_pytorch(self, tiny: Path, repository: Path) -> None:
        from export.networks import load_network

        pipeline = install_pipeline(tiny, repository, "tiny")
        assert pipeline == PipelineSpec.load(repository / "tiny" / "1" / "pipeline.json")
        for component, spec in component_specs(pipeline).items():
            model = repository / f"tiny__{component}" / "1" / "model.onnx"
            verify_component(partial(load_network, component, Checkpoint.read(tiny)), spec, model).raise_first()

    def test_the_weights_are_the_checkpoint_s_own_file(self, tiny: Path, repository: Path) -> None:
        install_pipeline(tiny, repository, "tiny")
        installed = repository / "tiny__unet" / "1" / "weights.safetensors"
        assert installed.samefile(tiny / "unet" / "diffusion_pytorch_model.safetensors")

    def test_weights_are_copied_where_links_cannot_be_made(
        self, tiny: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: Any) -> None:
            raise OSError("Invalid cross-device link")

        monkeypatch.setattr(os, "link", refuse)
        install_pipeline(tiny, repository, "tiny")
        installed = repository / "tiny__unet" / "1" / "weights.safetensors"
        source = tiny / "unet" / "diffusion_pytorch_model.safetensors"
        assert not installed.samefile(source)
        assert installed.read_bytes() == source.read_bytes()

    def test_the_same_again_writes_nothing_and_takes_less_than_a_second(self, tiny: Path, repository: Path) -> None:
        first = install_pipeline(tiny, repository, "tiny")
        before, start = snapshot(repository), time.perf_counter()
        assert install_pipeline(tiny, repository, "tiny") == first
        assert time.perf_counter() - start < 1
        assert snapshot(repository) == before

    @pytest.mark.parametrize("name", ["tiny__unet/1/model.onnx", "tiny/config.pbtxt", "tiny/1/pipeline.json"])
    def test_a_file_changed_by_hand_is_put_right(self, tiny: Path, repository: Path, name: str) -> None:
        install_pipeline(tiny, repository, "tiny")
        right = (repository / name).read_bytes()
        (repository / name).write_bytes(right[:-3])
        install_pipeline(tiny, repository, "tiny")
        assert (repository / name).read_bytes() == right

    def test_a_second_checkpoint_of_the_architecture_replaces_the_first(
        self, tiny: Path, second: Path, repository: Path
    ) -> None:
        from export.networks import load_network

        first = install_pipeline(tiny, repository, "tiny")
        start = time.perf_counter()
        other = install_pipeline(second, repository, "tiny", assets=tiny)
        assert time.perf_counter() - start < 5
        assert other.fingerprint != first.fingerprint
        assert other.latent.rgb != first.latent.rgb
        spec = component_specs(other)[Component.UNET]
        model = repository / "tiny__unet" / "1" / "model.onnx"
        verify_component(partial(load_network, Component.UNET, Checkpoint.read(second)), spec, model).raise_first()

    def test_torch_and_onnx_are_not_needed(self, tiny: Path, repository: Path) -> None:
        script = """
            import sys
            from pathlib import Path
            class Blocked:
                def find_spec(self, name, path=None, target=None):
                    blocked = "torch onnx onnxscript safetensors diffusers transformers".split()
                    if name.split(".")[0] in blocked:
                        raise ImportError(f"{name} must not be imported")
            sys.meta_path.insert(0, Blocked())
            from export.repository import install_pipeline, installed_pipelines, remove_pipeline
            print(install_pipeline(Path(sys.argv[1]), Path(sys.argv[2]), "tiny").name)
        """
        command = [sys.executable, "-c", textwrap.dedent(script), str(tiny), str(repository)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        assert result.stdout.strip() == "tiny"

    def test_serving_json_changes_limits_and_defaults(self, copy: Path, repository: Path) -> None:
        values = {"limits": {"max_size": 32}, "defaults": {"guidance_scale": 2.5}, "max_rows": {"unet": 4}}
        (copy / "serving.json").write_text(json.dumps(values))
        pipeline = install_pipeline(copy, repository, "tiny")
        assert (pipeline.limits.max_size, pipeline.defaults.guidance_scale) == (32, 2.5)
        assert pipeline.max_rows["unet"] == 4

    def test_the_code_is_the_shipped_pipeline_s_byte_for_byte(self, tiny: Path, repository: Path) -> None:
        install_pipeline(tiny, repository, "tiny")
        copied = sorted(repository.glob("*/1/*.py"))
        assert len(copied) >= 1 + len(Component)
        for path in copied:
            source = SOURCE_REPOSITORY / path.parts[-3].replace("tiny", "avila-demo") / "1" / path.name
            assert path.read_bytes() == source.read_bytes()

    def test_the_configs_say_what_the_spec_says(self, tiny: Path, repository: Path) -> None:
        pipeline = install_pipeline(tiny, repository, "tiny")
        for component, spec in component_specs(pipeline).items():
            for name in ("config.pbtxt", "configs/cpu.pbtxt"):
                config = model_config_pb2.ModelConfig()
                text_format.Parse((repository / f"tiny__{component}" / name).read_text(), config)
                assert [tensor.name for tensor in config.input] == [tensor.name for tensor in spec.inputs]
                assert [len(tensor.dims) for tensor in config.output] == [len(tensor.shape) for tensor in spec.outputs]

    def test_the_shipped_pipeline_in_its_own_place_keeps_its_code(
        self, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`make run` installs into the source tree's own model repository."""
        source = tmp_path / "tree" / "model_repository"
        shutil.copytree(
            SOURCE_REPOSITORY, source, ignore=shutil.ignore_patterns("__pycache__", "*.onnx", "*.safetensors")
        )
        monkeypatch.setattr(recipe_module, "SOURCE_REPOSITORY", source)
        code = {path: path.stat().st_ino for path in source.glob("*/1/*.py")}
        assert len(code) >= 1 + len(Component)
        install_pipeline(tiny, source, "avila-demo")
        assert {path: path.stat().st_ino for path in source.glob("*/1/*.py")} == code
        remove_pipeline(source, "avila-demo")
        assert {path: path.stat().st_ino for path in source.glob("*/1/*.py")} == code
        assert list(source.glob("*/1/*.onnx")) == []

    def test_a_removed_pipeline_leaves_nothing_and_the_others(self, tiny: Path, second: Path, repository: Path) -> None:
        install_pipeline(tiny, repository, "one")
        install_pipeline(second, repository, "two", assets=tiny)
        remove_pipeline(repository, "one")
        assert [manifest.name for manifest in installed_pipelines(repository)] == ["two"]
        assert list(repository.glob("one*")) == []
        with pytest.raises(RepositoryError, match="one is not installed; installed are: two"):
            remove_pipeline(repository, "one")

    def test_two_pipelines_lie_side_by_side(self, tiny: Path, second: Path, repository: Path) -> None:
        install_pipeline(tiny, repository, "one")
        before = snapshot(repository)
        install_pipeline(second, repository, "two", assets=tiny)
        assert before.items() <= snapshot(repository).items()

    def test_kill_9_leaves_the_old_or_the_new_version(self, tiny: Path, second: Path, repository: Path) -> None:
        first = install_pipeline(tiny, repository, "tiny")
        script = """
            import os, signal, sys
            from pathlib import Path
            from export import repository
            repository.latent_rgb.fit = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            repository.install_pipeline(Path(sys.argv[1]), Path(sys.argv[2]), "tiny", assets=Path(sys.argv[3]))
        """
        command = [sys.executable, "-c", textwrap.dedent(script), str(second), str(repository), str(tiny)]
        result = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
        assert result.returncode == -signal.SIGKILL
        assert PipelineSpec.load(repository / "tiny" / "1" / "pipeline.json") == first
        assert install_pipeline(tiny, repository, "tiny") == first
        assert not list((repository.parent / f".{repository.name}.avila" / "staging").iterdir())


def edit_weights(folder: Path, change: Any, name: str = "unet/diffusion_pytorch_model.safetensors") -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(folder / name)
    change(tensors)
    (folder / name).unlink()
    save_file(tensors, folder / name)


class TestBadInput:
    """One clear error each; a pipeline that was installed before stays as it was."""

    @pytest.fixture(autouse=True)
    def _untouched(self, tiny: Path, repository: Path) -> Any:
        install_pipeline(tiny, repository, "tiny")
        before = snapshot(repository)
        yield
        assert snapshot(repository) == before

    def refused(self, folder: Path, repository: Path, error: type[ExportError], match: str) -> ExportError:
        with pytest.raises(error, match=match) as caught:
            install_pipeline(folder, repository, "tiny")
        return caught.value

    def test_missing_surplus_and_misshapen_tensors_are_named(self, copy: Path, repository: Path) -> None:
        def change(tensors: Any) -> None:
            tensors["conv_in.scale"] = tensors.pop("conv_in.weight")
            tensors["conv_out.bias"] = tensors["conv_out.bias"][:-1].copy()

        edit_weights(copy, change)
        error = self.refused(copy, repository, WeightsMismatchError, "conv_in.weight")
        assert isinstance(error, WeightsMismatchError)
        assert (error.missing, error.surplus) == (["conv_in.weight"], ["conv_in.scale"])
        assert error.mismatched == ["conv_out.bias (shape [3], expected [4])"]

    def test_integer_weights_are_refused(self, copy: Path, repository: Path) -> None:
        edit_weights(copy, lambda tensors: tensors.update({"conv_out.bias": tensors["conv_out.bias"].astype("int8")}))
        self.refused(copy, repository, WeightsMismatchError, r"conv_out\.bias \(type I8")

    def test_pickled_weights_are_refused(self, copy: Path, repository: Path) -> None:
        weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
        weights.rename(weights.with_suffix(".bin"))
        self.refused(copy, repository, PickledCheckpointError, "pickled weights are refused")

    def test_a_truncated_download_is_refused(self, copy: Path, repository: Path) -> None:
        weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
        content = weights.read_bytes()[:-100]
        weights.unlink()
        weights.write_bytes(content)
        self.refused(copy, repository, DamagedFileError, "incomplete copy")

    def test_an_unknown_architecture_is_said_with_its_remedy(self, copy: Path, repository: Path) -> None:
        rewrite_json(copy / "unet" / "config.json", norm_num_groups=8)
        self.refused(copy, repository, UnknownArchitectureError, "avila export")

    def test_a_pipeline_of_another_kind_is_refused(self, copy: Path, repository: Path) -> None:
        rewrite_json(copy / "model_index.json", _class_name="FluxPipeline")
        self.refused(copy, repository, UnsupportedArchitectureError, "FluxPipeline")

    def test_conditioning_that_is_not_served_is_refused(self, copy: Path, repository: Path) -> None:
        rewrite_json(copy / "unet" / "config.json", class_embed_type="timestep")
        self.refused(copy, repository, UnsupportedArchitectureError, "class_embed_type")

    def test_a_unet_of_other_channels_is_refused(self, copy: Path, repository: Path) -> None:
        rewrite_json(copy / "unet" / "config.json", in_channels=8)
        self.refused(copy, repository, UnsupportedArchitectureError, "takes 8 channels where latents have 4")

    def test_a_text_encoder_of_another_width_is_refused(self, copy: Path, repository: Path) -> None:
        rewrite_json(copy / "unet" / "config.json", cross_attention_dim=24)
        self.refused(copy, repository, UnsupportedArchitectureError, "width 24, but the text encoder gives 16")

    @pytest.mark.parametrize("name", ["unet/config.json", "model_index.json", "scheduler/scheduler_config.json"])
    def test_a_missing_or_broken_config_is_named(self, copy: Path, repository: Path, name: str) -> None:
        (copy / name).write_text("{")
        self.refused(copy, repository, DamagedFileError, "not JSON")
        (copy / name).unlink()
        self.refused(copy, repository, CheckpointError, "no such file")

    def test_a_graph_for_other_inputs_is_refused(self, copy: Path, repository: Path) -> None:
        import onnx

        path = copy / "graphs" / "unet.onnx"
        model = onnx.load(path, load_external_data=False)
        model.graph.input[2].type.tensor_type.shape.dim[2].dim_value = 17
        onnx.save(model, path)
        self.refused(copy, repository, AxesDifferError, "encoder_hidden_states")

    @pytest.mark.parametrize(("domain", "version"), [("", 23), ("com.microsoft", 1)])
    def test_operators_that_not_every_target_runs_are_refused(
        self, copy: Path, repository: Path, domain: str, version: int
    ) -> None:
        import onnx

        path = copy / "graphs" / "unet.onnx"
        model = onnx.load(path, load_external_data=False)
        if domain:
            model.opset_import.add(domain=domain, version=version)
        else:
            model.opset_import[0].version = version
        onnx.save(model, path)
        match = f"unet: the graph uses the operators of {domain or 'ai.onnx'} {version}; allowed is ai.onnx 20 to 21"
        self.refused(copy, repository, UnsupportedOpsetError, match)

    def test_a_full_disk_is_noticed_before_anything_is_written(
        self, copy: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = shutil.disk_usage(copy)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
        (copy / "serving.json").write_text("{}")
        self.refused(copy, repository, NotEnoughSpaceError, "free")

    @pytest.mark.parametrize(
        ("values", "match"),
        [
            ({"limits": {"max_size": 33}}, "multiple of 4"),
            ({"limits": {"biggest": 3}}, "biggest is unknown"),
            ({"defaults": {"guidance_scale": "7"}}, "expected float"),
            ({"limits": {"min_size": 32, "max_size": 16}}, "above max_size"),
            ({"speed": 3}, "may hold"),
        ],
    )
    def test_a_wrong_serving_json_names_field_and_value(
        self, copy: Path, repository: Path, values: Any, match: str
    ) -> None:
        (copy / "serving.json").write_text(json.dumps(values))
        self.refused(copy, repository, CheckpointError, match)

    @pytest.mark.parametrize("name", ["", "Tiny", "a__b", "../a", "a/b", "-a", "a" * 65])
    def test_a_name_that_triton_could_not_serve_is_refused(self, copy: Path, repository: Path, name: str) -> None:
        with pytest.raises(RepositoryError, match="no name of a pipeline"):
            install_pipeline(copy, repository, name)

    def test_missing_code_is_said(self, copy: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recipe_module, "SOURCE_REPOSITORY", copy)
        self.refused(copy, repository, RepositoryError, "code is missing")
