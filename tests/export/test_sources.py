from __future__ import annotations

from pathlib import Path

import pytest

from export.errors import CheckpointError, PickledCheckpointError
from export.families import NETWORKS
from export.sources import folder_and_replaced


def test_a_folder_is_taken_as_it_is(tiny: Path) -> None:
    assert folder_and_replaced(tiny, None, None) == (tiny, {})


@pytest.mark.parametrize("source", ["nothing-here", "a/b/c", "./x"])
def test_what_is_neither_is_refused(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match="no such folder or file"):
        folder_and_replaced(Path(source), None, None)


def test_a_single_file_needs_a_base_and_only_that(tiny: Path) -> None:
    file = tiny / "vae" / "diffusion_pytorch_model.safetensors"
    with pytest.raises(CheckpointError, match="--base"):
        folder_and_replaced(file, None, None)
    folder, replaced = folder_and_replaced(file, tiny, None)
    assert (folder, set(replaced)) == (tiny, set(NETWORKS))
    with pytest.raises(CheckpointError, match="--base is for a checkpoint in one file"):
        folder_and_replaced(tiny, tiny, None)


def test_another_vae_must_be_a_safetensors_file_that_is_there(tiny: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        folder_and_replaced(tiny, None, tiny / "none.safetensors")
    with pytest.raises(PickledCheckpointError):
        folder_and_replaced(tiny, None, tiny / "vae.pt")
