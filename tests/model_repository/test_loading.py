"""The models load as Triton's stub loads them, over a stand-in for the module that exists only inside Triton.

The stub puts the model's folder on the path and imports `1.model`; what BLS really does is tested in tests/e2e.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.components import Component
from diffusion.errors import ComponentFailedError, ComponentUnavailableError
from tests.fakes import triton_python_backend_utils as pb_utils
from tests.fakes.toy_repository import write_toy_repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loading") / "models"
    write_toy_repository(folder)
    return folder


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, repository: Path) -> Iterator[Any]:
    monkeypatch.setitem(sys.modules, "triton_python_backend_utils", pb_utils)

    def load_model(name: str, module: str = "1.model") -> types.ModuleType:
        monkeypatch.syspath_prepend(str(repository / name))
        _forget()
        return importlib.import_module(module)

    yield load_model
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name == "1" or name.startswith("1.")]:
        del sys.modules[name]
    importlib.invalidate_caches()


def arguments(repository: Path, name: str, **parameters: str) -> dict[str, str]:
    import json

    config = {"parameters": {key: {"string_value": value} for key, value in parameters.items()}}
    return {
        "model_name": name,
        "model_version": "1",
        "model_repository": str(repository / name),
        "model_config": json.dumps(config),
    }


class TestComponent:
    @pytest.fixture
    def unet(self, load: Any, repository: Path) -> Any:
        model = load("toy__unet").TritonPythonModel()
        model.initialize(arguments(repository, "toy__unet", intra_op_threads="1"))
        return model

    def inputs(self, side: int = 8, rows: int = 2, kind: type = np.float32) -> dict[str, Any]:
        return {
            "sample": np.zeros((rows, 4, side, side), kind),
            "timestep": np.zeros(rows, np.float32),
            "encoder_hidden_states": np.zeros((rows, 77, 8), np.float32),
        }

    def ask(self, model: Any, inputs: dict[str, Any]) -> Any:
        (response,) = model.execute([pb_utils.InferenceRequest("toy__unet", inputs=inputs)])
        return response

    def test_it_answers_with_the_declared_output(self, unet: Any) -> None:
        response = self.ask(unet, self.inputs())
        assert not response.has_error()
        assert response.outputs["out_sample"].shape == (2, 4, 8, 8)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"side": 7}, "sample: shape"),
            ({"rows": 17}, "sample: shape (17, 4, 8, 8) given"),
            ({"kind": np.float64}, "float64 given"),
        ],
    )
    def test_a_wrong_call_is_refused_as_the_callers_fault(self, unet: Any, change: dict[str, Any], words: str) -> None:
        error = self.ask(unet, self.inputs(**change)).error()
        assert error.code() == pb_utils.TritonError.INVALID_ARG
        assert words in error.message()

    def test_one_bad_request_leaves_the_others_of_the_call_alone(self, unet: Any) -> None:
        requests = [pb_utils.InferenceRequest("toy__unet", inputs=self.inputs(side=side)) for side in (8, 7, 8)]
        assert [response.has_error() for response in unet.execute(requests)] == [False, True, False]

    @pytest.mark.parametrize("missing", ["toy__unet/1/model.onnx", "toy/1/pipeline.json"])
    def test_an_incomplete_installation_says_what_is_missing(
        self, load: Any, repository: Path, missing: str, tmp_path: Path
    ) -> None:
        model = load("toy__unet").TritonPythonModel()
        moved = (repository / missing).rename(tmp_path / "aside")
        try:
            with pytest.raises(pb_utils.TritonModelException, match=f"{missing} is missing"):
                model.initialize(arguments(repository, "toy__unet"))
        finally:
            moved.rename(repository / missing)

    @pytest.mark.parametrize(
        ("runtime", "precision"), [("onnxruntime", "bfloat16"), ("openvino", "int8"), ("torch", "float32")]
    )
    def test_an_unknown_runtime_or_precision_is_refused_with_what_there_is(
        self, load: Any, repository: Path, runtime: str, precision: str
    ) -> None:
        model = load("toy__unet").TritonPythonModel()
        with pytest.raises(pb_utils.TritonModelException, match=f"{runtime} in {precision} is not known; use onnx"):
            model.initialize(arguments(repository, "toy__unet", runtime=runtime, precision=precision))

    def test_the_environment_chooses_where_the_configuration_does_not(
        self, load: Any, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AVILA_COMPONENT_RUNTIME", "nothing")
        model = load("toy__unet").TritonPythonModel()
        model.initialize(arguments(repository, "toy__unet", runtime="onnxruntime"))
        with pytest.raises(pb_utils.TritonModelException, match="nothing in float32"):
            load("toy__unet").TritonPythonModel().initialize(arguments(repository, "toy__unet"))

    def test_a_graph_of_another_component_is_not_loaded(self, load: Any, repository: Path, tmp_path: Path) -> None:
        model = load("toy__vae_encoder").TritonPythonModel()
        graph = repository / "toy__vae_encoder" / "1" / "model.onnx"
        kept = graph.rename(tmp_path / "kept")
        graph.write_bytes((repository / "toy__vae_decoder" / "1" / "model.onnx").read_bytes())
        try:
            with pytest.raises(pb_utils.TritonModelException, match=r"model\.onnx has the tensors"):
                model.initialize(arguments(repository, "toy__vae_encoder"))
        finally:
            kept.rename(graph)


class TestBls:
    def test_a_dead_or_absent_model_is_away_and_any_other_error_a_failure(self, load: Any) -> None:
        classified = load("toy", "1.bls").classified
        away = [
            "Stub process 'toy__unet_0_0' is not healthy.",
            "Failed for execute the inference request. Model 'toy__unet' is not ready.",
            "Request for unknown model: 'toy__unet' is not found",
        ]
        for message in away:
            assert isinstance(classified(Component.UNET, message), ComponentUnavailableError), message
        assert isinstance(classified(Component.UNET, "unet: sample: shape (1,) given"), ComponentFailedError)


class TestOrchestrator:
    def test_an_exception_never_leaves_execute(
        self, load: Any, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model = load("toy").TritonPythonModel()
        model.initialize(arguments(repository, "toy"))
        try:
            monkeypatch.setattr(model, "accept", _raise)
            request = pb_utils.InferenceRequest("toy", inputs={"prompt": np.array([b"a"], np.object_)})
            assert model.execute([request]) is None
            (answer,) = request.sender.sent
            assert b'"failed"' in answer.response.outputs["event"][0]
            assert answer.flags == pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL
        finally:
            model.finalize()

    def test_a_folder_without_pipeline_json_is_explained(self, load: Any, tmp_path: Path) -> None:
        model = load("toy").TritonPythonModel()
        with pytest.raises(pb_utils.TritonModelException, match="the pipeline is not installed"):
            model.initialize(arguments(tmp_path, "toy"))


def _raise(*_: object) -> None:
    raise RuntimeError("a defect")
