from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from avila.__main__ import main
from export.repository import install_pipeline


def run(*words: str) -> int:
    return main(["export", *words])


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_known_architecture_is_planned_and_installed(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = tmp_path / "models"
    words = [str(tiny), "--name", "tiny", "--repository", str(repository), "--json"]
    assert run(*words, "--plan") == 0
    (planned,) = lines(capsys)
    assert planned["event"] == "planned"
    assert (planned["name"], planned["precision"], planned["target"], planned["plans"]) == ("tiny", "fp32", "cpu", {})
    assert min(planned[what] for what in ("seconds", "memory_bytes", "disk_bytes")) > 0
    assert [step["step"] for step in planned["steps"] if not step["done"]] == ["install"]
    assert list(repository.iterdir()) == []
    assert run(*words) == 0
    said = lines(capsys)
    assert [line["event"] for line in said] == ["planned", "step_started", "step_done", "finished"]
    assert said[1]["left_s"] > said[2]["left_s"] == 0
    assert (repository / "tiny" / "config.pbtxt").is_file()


def test_people_get_sentences(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(tiny), "--name", "tiny", "--repository", str(tmp_path / "models")) == 0
    shown = capsys.readouterr().out
    assert "graph of this architecture known" in shown
    assert "[1/1] install: done" in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing-folder", "--name", "x"], "no such folder or file"),
        (["model.ckpt", "--name", "x"], "pickled weights are refused"),
        (["."], "--name is missing"),
        ([".", "--name", "x"], "model_index.json: no such file"),
        (["show"], "installed pipelines are none"),
    ],
)
def test_bad_input_is_one_sentence_and_an_exit_status(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*words, "--repository", str(tmp_path / "models")) == 1
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert len(shown.err.splitlines()) == 1


def test_list_show_and_prune(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = tmp_path / "models"
    install_pipeline(tiny, repository, "tiny")
    store = repository.parent / ".models.avila" / "graphs"
    store.mkdir()
    (store / "unet-fp32-used.onnx").write_bytes((tiny / "graphs" / "unet.onnx").read_bytes())
    assert run("list", "--repository", str(repository), "--json") == 0
    assert lines(capsys)[0]["used_by"] == ["tiny"]
    assert run("show", "tiny", "--repository", str(repository), "--json") == 0
    assert lines(capsys)[0]["name"] == "tiny"
    assert run("prune", "--repository", str(repository), "--json") == 0
    assert lines(capsys)[0]["files"] == []


@pytest.mark.parametrize("words", [["list"], ["show"], ["show", "tiny"], ["prune"], ["none", "--name", "x"]])
def test_programs_get_one_object_a_line_from_every_action(
    words: list[str], tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    install_pipeline(tiny, tmp_path / "models", "tiny")
    status = run(*words, "--repository", str(tmp_path / "models"), "--json")
    shown = capsys.readouterr()
    assert shown.err == ""
    said = [json.loads(line) for line in shown.out.splitlines()]
    assert all(isinstance(one, dict) for one in said)
    assert status == (1 if any(one.get("event") == "failed" for one in said) else 0)


def test_a_stopped_export_says_so_to_programs_too(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("export.build.run_plan", stopped)
    words = [str(tiny), "--name", "tiny", "--repository", str(tmp_path / "models")]
    assert run(*words) == 130
    assert "stopped; what was finished is kept" in capsys.readouterr().err
    assert run(*words, "--json") == 130
    assert lines(capsys)[-1] == {"event": "stopped"}
