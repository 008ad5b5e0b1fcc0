from __future__ import annotations

from pathlib import Path

import pytest

from avila.__main__ import main
from diffusion.pipeline import PipelineSpec
from diffusion.scheduling.profile import load_profile
from tests.e2e.running import free_ports


@pytest.mark.triton
def test_the_running_pipeline_is_measured_and_the_figures_lie_beside_it(
    triton, toy_repository: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("AVILA_MODEL_REPOSITORY", str(toy_repository))
    monkeypatch.setenv("AVILA_TRITON_GRPC_PORT", triton.url.rpartition(":")[2])
    file = toy_repository / "toy" / "1" / "profile.json"
    try:
        assert main(["models", "profile", "toy"]) == 0
        spec = PipelineSpec.load(file.with_name("pipeline.json"))
        profile = load_profile(file, spec.fingerprint)
        assert profile is not None
        assert profile.costs.keys() == {"unet", "vae_decoder", "vae_encoder", "text_encoder"}
        assert len(profile.costs["unet"]) == 3
        assert "unet" in capsys.readouterr().out
    finally:
        file.unlink(missing_ok=True)


def test_without_a_server_it_says_so(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "toy" / "1").mkdir(parents=True)
    (tmp_path / "toy" / "1" / "pipeline.json").write_text("{}")
    monkeypatch.setenv("AVILA_MODEL_REPOSITORY", str(tmp_path))
    monkeypatch.setenv("AVILA_TRITON_GRPC_PORT", str(free_ports(1)[0]))
    assert main(["models", "profile", "toy"]) == 1
    assert "avila up" in capsys.readouterr().err


def test_one_that_is_not_installed_is_named(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("AVILA_MODEL_REPOSITORY", str(tmp_path))
    assert main(["models", "profile", "nothing"]) == 1
    assert "nothing is not installed" in capsys.readouterr().err
