from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from avila.__main__ import COMMANDS, main

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "fastapi", "pydantic", "httpx", "onnxruntime", "grpc", "sqlalchemy", "torch")


def test_help_imports_nothing_heavy():
    """`avila --help` must be instant: what a subcommand needs is imported when it runs."""
    script = f"import sys, avila.__main__; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_every_command_is_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert len(COMMANDS) >= 6
    for command in COMMANDS:
        assert command.__name__.rpartition(".")[2] in text


def test_a_key_is_made_listed_and_revoked(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("AVILA_DATA_DIR", str(tmp_path))
    assert main(["keys", "create", "--name", "mine"]) == 0
    key = capsys.readouterr().out.splitlines()[-1]
    assert key.startswith("av_")
    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert "mine" in listed
    assert key not in listed
    assert main(["keys", "revoke", "mine"]) == 0
    assert main(["keys", "revoke", "mine"]) == 1
    assert "'mine'" in capsys.readouterr().err


def test_a_wrong_setting_is_one_line_and_status_one(capsys, monkeypatch):
    monkeypatch.setenv("AVILA_PORT", "none")
    for command in (["doctor"], ["up"], ["watchdog"], ["models", "list"], ["keys", "list"], ["generate", "x"]):
        assert main(command) == 1
        error = capsys.readouterr().err
        assert error.startswith("avila: AVILA_PORT: 'none' was given")
        assert error.count("\n") == 1


@pytest.mark.parametrize(("output", "words"), [("a.gif", ".png, .jpg"), ("/nowhere/a.png", "does not exist")])
def test_a_file_that_cannot_be_written_is_told_before_the_work(capsys, output, words):
    assert main(["generate", "x", "-o", output, "--url", "http://127.0.0.1:1"]) == 1
    assert words in capsys.readouterr().err


def test_doctor_shows_every_finding_and_its_remedy(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("AVILA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("AVILA_VENV_TRITON", str(tmp_path / "nowhere"))
    monkeypatch.setenv("AVILA_MODEL_REPOSITORY", str(tmp_path / "models"))
    assert main(["doctor"]) == 1
    text = capsys.readouterr().out
    assert "data folder" in text
    assert "make run" in text
    assert "avila models install" in text


def test_a_configuration_that_is_not_the_generators_is_found_and_written_anew(capsys, monkeypatch, tmp_path):
    import shutil

    from avila import shipped

    monkeypatch.setattr(shipped, "REPOSITORY", tmp_path / "models")
    shutil.copytree(ROOT / "model_repository", tmp_path / "models", ignore=shutil.ignore_patterns("1"))
    edited = tmp_path / "models" / "avila-demo__unet" / "configs" / "cpu.pbtxt"
    edited.write_text(edited.read_text() + "# by hand\n")
    assert main(["models", "configs", "--check"]) == 1
    assert "avila-demo__unet/configs/cpu.pbtxt; run `make generated`" in capsys.readouterr().err
    assert main(["models", "configs"]) == 0
    assert main(["models", "configs", "--check"]) == 0
