"""`make train` names stages that exist, each with the options it is given."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = re.findall(r"^\t\$\(PY\) -m (training\.\S+)(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_every_kind_of_network_is_trained() -> None:
    names = [name for name, _ in STAGES]
    for stage in (
        "data",
        "tokenizer",
        "autoencoder",
        "text",
        "encode",
        "unet",
        "package",
        "lora",
        "controlnet",
        "gate",
    ):
        assert f"training.{stage}" in names


@pytest.mark.parametrize("name", sorted({name for name, _ in STAGES}))
def test_a_stage_has_the_options_it_is_given(name) -> None:
    pytest.importorskip("torch", reason="the stages need the export extra")
    given = [rest.replace("$(TRAIN_START)", "--start-from") for stage, rest in STAGES if stage == name]
    options = {option for rest in given for option in re.findall(r"--[a-z-]+", rest)}
    shown = subprocess.run([sys.executable, "-m", name, "--help"], capture_output=True, text=True, cwd=ROOT, check=True)
    for option in options:
        assert option in shown.stdout, option
