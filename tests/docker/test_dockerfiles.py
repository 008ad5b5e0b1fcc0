"""What can be known of the images without an engine; test_debian.py runs their commands in a Debian root."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from pathlib import Path

import pytest

from avila.__main__ import make_parser
from gateway.settings import Settings, variable_of
from tests.docker.dockerfile import DOCKERFILES, ROOT, Stage, read
from tests.helm.tools import install

pytestmark = pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
MODULES = re.compile(r"^(?:from|import) (avila|benchmarks|diffusion|export|gateway|training|tests)\b", re.MULTILINE)


def last(path: Path) -> Stage:
    return read(path)[1][-1]


def ignored(name: str) -> bool:
    """Whether .dockerignore keeps a path of the project out of the build."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    parts = name.rstrip("/").split("/")
    heads = ["/".join(parts[: length + 1]) for length in range(len(parts))]
    return any(fnmatch.fnmatch(head, p.removeprefix("**/")) for p in patterns for head in [*heads, *parts[-1:]])


def test_hadolint_and_trivy_find_nothing(path: Path) -> None:
    programs = install()
    for command in (
        [programs.wheel_program("hadolint"), "--failure-threshold", "style", path],
        [programs.wheel_program("trivy"), "config", "-q", "--skip-check-update", "--skip-version-check",
         "--disable-telemetry", "--exit-code", "1", path],
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_base_images_are_arguments_so_that_they_can_be_given_by_digest(path: Path) -> None:
    arguments, stages = read(path)
    for stage in stages:
        (name,) = re.fullmatch(r"\$\{(\w+)\}", stage.image).groups()  # type: ignore[union-attr]
        registry, _, tag = arguments[name].rpartition(":")
        assert "/" in registry
        assert tag not in ("", "latest")


def test_what_builds_stays_behind_in_its_own_stage(path: Path) -> None:
    *builders, final = read(path)[1]
    assert builders, "one stage: compilers, caches and the SBOM's program would be in the image"
    assert all(stage.name for stage in builders)
    assert not any("npm" in run.text or "cyclonedx" in run.text for run in final.all("RUN"))
    if path.stem.startswith("gateway"):
        assert [copy.arguments[1] for copy in final.all("COPY") if copy.options.get("from") == "web"] == [
            "/opt/avila/web/dist/"
        ]


def test_what_is_copied_is_there(path: Path) -> None:
    names: set[str] = set()
    for stage in read(path)[1]:
        for copy in stage.all("COPY"):
            sources = copy.arguments[:-1]
            assert sources, copy.text
            if "from" in copy.options:
                assert copy.options["from"] in names, f"{copy.options['from']} is no earlier stage"
                continue
            for source in sources:
                assert (ROOT / source).exists(), source
                assert not ignored(source), f".dockerignore keeps {source} out"
                assert (ROOT / source).is_dir() == source.endswith("/"), source
        names.add(stage.name)


def test_every_module_that_is_imported_is_copied(path: Path) -> None:
    copies = [copy.arguments[0].rstrip("/") for copy in last(path).all("COPY") if "from" not in copy.options]
    packages = {name for name in copies if (ROOT / name / "__init__.py").is_file()}
    for package in packages:
        for file in (ROOT / package).rglob("*.py"):
            assert set(MODULES.findall(file.read_text())) <= packages, file


def test_it_runs_as_nobody_in_particular_and_says_how_it_is(path: Path) -> None:
    stage = last(path)
    assert [one.text for one in stage.all("USER")] == ["10001:10001"]
    after = stage.instructions[stage.instructions.index(stage.all("USER")[0]) :]
    assert not [one for one in after if one.word in ("RUN", "COPY")], "files must belong to root"
    assert len(stage.all("HEALTHCHECK")) == 1
    assert "PYTHONDONTWRITEBYTECODE" in stage.environment, "the root is read-only"
    assert not [copy for copy in stage.all("COPY") if "chown" in copy.options]


def test_what_it_sets_and_starts_exists(path: Path) -> None:
    stage = last(path)
    given = {name for name in stage.environment if name.startswith("AVILA_")}
    assert given <= {variable_of(field) for field in Settings.model_fields}
    command = stage.all("CMD")[0].arguments
    if command[0] == "python":
        assert command[:3] == ["python", "-m", "avila"]
        if "--help" not in command:
            assert callable(make_parser().parse_args(command[3:]).run)
    else:
        assert all(word.startswith("--") for word in command), "arguments of the entry point"


def test_every_install_is_pinned_and_described_by_an_sbom(path: Path) -> None:
    text = path.read_text()
    for command in re.findall(r"pip install ([^\\\n&]+)", text):
        assert "-r " in command or "TENSORRT" in command, command
    for lock in re.findall(r"requirements/([\w-]+\.txt)", text):
        file = next(folder / lock for folder in (ROOT / "requirements", ROOT / "docker") if (folder / lock).is_file())
        lines = [line for line in file.read_text().splitlines() if line and line[0] not in "# "]
        assert all("==" in line for line in lines), file
    assert "cyclonedx-py" in text
    assert "sbom.cdx.json" in text


def test_shell_programs_are_posix(path: Path) -> None:
    for copy in last(path).all("COPY"):
        if copy.arguments[0].endswith(".sh"):
            subprocess.run(["dash", "-n", ROOT / copy.arguments[0]], check=True)
