"""`avila-model-store` against a real S3-compatible server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from docker.model_store import CHANGED, FAILED, main
from tests.gateway.stores import KEY, SECRET, running_s3

FILES = {
    "repository/sd/config.pbtxt": "one",
    "repository/sd/1/pipeline.json": "{}",
    "repository/sd__unet/1/weights.safetensors": "w" * 70_000,
    "repository/sd__unet/1/unet-abc.plan": "plan",
    "loras/lineart.safetensors": "small",
    ".repository.avila/plans/unet-abc.plan": "plan",
}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server.endpoint


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    address = f"s3://models/{tmp_path.name}"
    fill(tmp_path / "origin")
    deadline = time.monotonic() + 60  # the server makes a bucket as the first object is put into it
    while main(["push", address, str(tmp_path / "origin")]) != 0:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return address


def fill(folder: Path, files: dict[str, str] = FILES) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {".pulled.json"}


def test_engines_get_what_is_served_gateways_descriptions_and_builders_everything(bucket: str, tmp_path: Path) -> None:
    assert main(["pull", bucket, str(tmp_path / "engine")]) == 0
    assert names(tmp_path / "engine") == {name for name in FILES if not name.startswith(".")}
    assert (tmp_path / "engine/repository/sd__unet/1/weights.safetensors").read_text() == "w" * 70_000
    assert main(["pull", "--without-weights", bucket, str(tmp_path / "gateway")]) == 0
    descriptions = {"repository/sd/config.pbtxt", "repository/sd/1/pipeline.json"}
    assert names(tmp_path / "gateway") == descriptions | {"loras/lineart.safetensors"}, "it lists the LoRAs"
    assert main(["pull", "--with-state", bucket, str(tmp_path / "builder")]) == 0
    assert names(tmp_path / "builder") == set(FILES)


def test_a_second_pull_fetches_only_what_changed_and_removes_what_is_gone(
    bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pull", bucket, str(tmp_path / "engine")]) == 0
    fill(tmp_path / "origin", {"repository/sd/1/pipeline.json": '{"changed": true}'})
    assert main(["push", bucket, str(tmp_path / "origin")]) == 0
    assert "pushed 1 files" in capsys.readouterr().out
    (tmp_path / "engine/repository/mine.txt").write_text("not from the bucket")
    assert main(["pull", bucket, str(tmp_path / "engine")]) == 0
    assert "pulled 1 of 5" in capsys.readouterr().out
    assert "mine.txt" in " ".join(names(tmp_path / "engine"))


def test_two_builders_do_not_overwrite_each_other_and_nothing_is_built_twice(bucket: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for builder in (first, second):
        assert main(["pull", "--with-state", bucket, str(builder)]) == 0
    fill(first, {"repository/sd/config.pbtxt": "plan for 9.0"})
    assert main(["push", bucket, str(first)]) == 0
    fill(second, {"repository/sd/config.pbtxt": "plan for 8.9", ".repository.avila/plans/unet-89.plan": "built"})
    assert main(["push", bucket, str(second)]) == CHANGED
    again = tmp_path / "again"
    assert main(["pull", "--with-state", bucket, str(again)]) == 0
    assert (again / "repository/sd/config.pbtxt").read_text() == "plan for 9.0"
    assert (again / ".repository.avila/plans/unet-89.plan").read_text() == "built"
    fill(again, {"repository/sd/config.pbtxt": "plans for 9.0 and 8.9"})
    assert main(["push", bucket, str(again)]) == 0


def test_a_wrong_key_and_a_wrong_address_are_one_line(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    assert main(["pull", bucket, str(tmp_path / "x")]) == FAILED
    assert "avila-model-store: " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["pull", "https://models", str(tmp_path / "x")])
    assert "s3://BUCKET/PREFIX" in capsys.readouterr().err
