"""The OpenVINO session of the component models, in the environment of the bundled Triton, which has OpenVINO."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
from pathlib import Path
import numpy as np
from diffusion.components import Component
from diffusion.pipeline import PipelineSpec, component_specs
from component import openvino_session, openvino_sizes as module
from component.sessions import open_session

repository, threads = Path(sys.argv[1]), sys.argv[2]
compiled, compile_ = [], module.Sizes.compiled
def watched(self, shapes, streams):
    compiled.append([shapes and shapes["sample"][2], streams])
    return compile_(self, shapes, streams)
module.Sizes.compiled = watched
module.PLACES = 2
spec = component_specs(PipelineSpec.load(repository / "toy" / "1" / "pipeline.json"))[Component.UNET]
chosen = {"AVILA_COMPONENT_RUNTIME": "openvino", "AVILA_COMPONENT_THREADS": threads}
graph = repository / "toy__unet" / "1" / "model.onnx"
def opened():
    return open_session(graph, spec, lambda parameter, variable: chosen.get(variable, ""))
session = opened()
def ask(rows, side, session=session):
    chance = np.random.default_rng(side)
    sample = chance.standard_normal((8, 4, side, side)).astype(np.float32)[:rows]
    text = chance.standard_normal((8, 77, 8)).astype(np.float32)[:rows]
    return session.run({"sample": sample, "timestep": np.full(rows, 9.0, np.float32), "encoder_hidden_states": text})[0]
told = {}
ACTS
print(json.dumps({"compiled": compiled, **told}))
"""


@pytest.fixture
def run(triton_environment: Path, toy_repository: Path, tmp_path: Path) -> Any:
    package = tmp_path / "component"
    package.mkdir()
    for file in (ROOT / "model_repository" / "avila-demo__unet" / "1").glob("*.py"):
        shutil.copy(file, package)

    def run_acts(acts: str, threads: int = 2) -> dict[str, Any]:
        python = triton_environment / "bin" / "python"
        command = [python, "-c", PROGRAM.replace("ACTS", acts), str(toy_repository), str(threads)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path)))}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    return run_acts


@pytest.mark.triton
def test_each_size_is_compiled_once_alone_and_beside_others(run: Any) -> None:
    told = run("ask(1, 8); ask(1, 8); ask(2, 8); ask(5, 8); ask(3, 16); ask(4, 16)")
    assert told["compiled"] == [[8, 1], [8, 2], [16, 1], [16, 2]], "three rows are not divided"


@pytest.mark.triton
def test_one_thread_computes_all_rows_one_after_the_other(run: Any) -> None:
    assert run("ask(1, 8); ask(4, 8)", threads=1)["compiled"] == [[8, 1]]


@pytest.mark.triton
def test_further_sizes_share_one_open_network_until_a_place_is_free(run: Any) -> None:
    told = run("ask(2, 8); ask(2, 16); ask(2, 24); ask(2, 32); ask(2, 8); module.IDLE_S = 0.0; ask(2, 24)")
    assert told["compiled"] == [[8, 2], [16, 2], [None, 1], [24, 2]], "16 was the one that was not asked for longest"


@pytest.mark.triton
def test_a_row_is_the_same_to_the_last_bit_in_any_company(run: Any) -> None:
    told = run(
        "alone, many = ask(1, 8), ask(8, 8); told['equal'] = bool((alone == many[:1]).all()); told['rows'] = len(many)"
    )
    assert told["equal"]
    assert told["rows"] == 8


@pytest.mark.triton
def test_the_open_network_computes_the_same_rows(run: Any) -> None:
    told = run(
        "openvino_session.is_small = lambda path: False; large = opened();"
        "pairs = [(ask(n, 8), ask(n, 8, large)) for n in (1, 2, 5)];"
        "told['apart'] = max(float(np.abs(a - b).max()) for a, b in pairs)"
    )
    assert told["apart"] < 1e-5
    assert told["compiled"] == [[None, 1]] * 3 + [[8, 1], [8, 2]], "its three parts"


@pytest.mark.triton
def test_a_process_whose_first_call_is_divided_does_not_wait_for_itself(run: Any) -> None:
    for _ in range(20):  # without `_meet_numpy` one in some ten hung
        assert run("told['rows'] = len(ask(2, 8))")["rows"] == 2
