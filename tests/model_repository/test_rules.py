"""What no import linter sees: the folder `1` is no identifier. A test asserts that the rules find their subjects."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REPOSITORY = ROOT / "model_repository"
FILES = sorted(REPOSITORY.glob("*/*/*.py"))
ORCHESTRATORS = [file for file in FILES if "__" not in file.parents[1].name]
COMPONENTS = [file for file in FILES if "__" in file.parents[1].name]
ALLOWED = {"diffusion", "numpy", "triton_python_backend_utils", *sys.stdlib_module_names}
MAX_LINES = 150


def named(file: Path) -> str:
    return str(file.relative_to(REPOSITORY))


def import_roots(file: Path) -> set[str]:
    roots = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            roots |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            roots.add(node.module.partition(".")[0])
    return roots


def test_the_rules_see_an_orchestrator_and_its_four_components() -> None:
    assert {file.name for file in ORCHESTRATORS} >= {"model.py", "bls.py"}
    assert len(COMPONENTS) >= 4


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_file_imports_only_what_its_place_allows(file: Path) -> None:
    allowed = ALLOWED | ({"onnxruntime", "openvino"} if file in COMPONENTS else set())
    assert import_roots(file) <= allowed


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_file_is_short(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("file", FILES, ids=named)
def test_no_file_hides_behind_a_module_of_the_standard_library(file: Path) -> None:
    """The folder comes last on the path, so `queue.py` in it would lose to the standard library without a word."""
    assert file.stem not in sys.stdlib_module_names


def test_all_components_are_the_same_bytes() -> None:
    for name in {file.name for file in COMPONENTS}:
        assert len({file.read_bytes() for file in COMPONENTS if file.name == name}) == 1, name


def test_the_table_in_the_readme_names_every_model() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    models = {path.name for path in REPOSITORY.iterdir() if (path / "config.pbtxt").is_file()}
    assert models
    assert {model for model in models if f"`{model}`" not in text} == set()
