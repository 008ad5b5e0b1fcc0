"""A second oracle that shares no code with our exporter: Optimum's own export (`make optimum`)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avila.shipped import SHIPPED
from diffusion.pipeline import PipelineSpec
from export.repository import install_pipeline
from export.verify_pipeline import psnr
from tests.export.test_pipeline_parity import ours

PYTHON = Path(os.environ.get("AVILA_VENV_OPTIMUM", ".venv-optimum")).absolute() / "bin" / "python"
PROGRAM = Path(__file__).with_name("optimum_pictures.py")
CASES: list[dict[str, Any]] = [
    {"prompt": "a red apple", "negative_prompt": "", "guidance_scale": 3.0, "seed": 1},
    {"prompt": "a snowman on a hill", "negative_prompt": "blurred", "guidance_scale": 5.0, "seed": 2},
]
SIZE = {"num_inference_steps": 8, "width": 64, "height": 64}


def as_older_libraries_write(checkpoint: Path, folder: Path) -> Path:
    """A copy with the names of transformers 4, which takes others for missing and fills them with noise."""
    from safetensors.numpy import load_file, save_file

    shutil.copytree(checkpoint, folder, ignore=shutil.ignore_patterns("graphs", "samples"))
    path = folder / "text_encoder" / "model.safetensors"
    tensors = load_file(path)
    path.unlink()
    save_file({f"text_model.{name}": tensor for name, tensor in tensors.items()}, path, {"format": "pt"})
    return folder


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(
    not PYTHON.is_file(), reason="Optimum's environment is missing: `make optimum` makes it and runs this"
)
def test_optimum_makes_the_same_pictures_of_the_shipped_model(tmp_path: Path) -> None:
    cases = [case | SIZE for case in CASES]
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    words = [
        str(as_older_libraries_write(SHIPPED, tmp_path / "older")),
        str(tmp_path / "cases.json"),
        str(tmp_path / "pictures.npz"),
    ]
    result = subprocess.run(
        [PYTHON, PROGRAM, *words],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-3000:]
    theirs = list(np.load(tmp_path / "pictures.npz").values())
    repository = tmp_path / "models"
    spec: PipelineSpec = install_pipeline(SHIPPED, repository, "demo")
    same = {"sampler": "ddim", "schedule": "trailing"}
    mine = ours((spec, repository), *(case | same for case in cases))
    decibels = [psnr(left, right) for left, right in zip(mine, theirs, strict=True)]
    print(json.dumps({"psnr_db": decibels}))
    assert min(decibels) >= 50, decibels
