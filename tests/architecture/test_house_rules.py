"""Rules that no linter knows, each with the reason it exists. Every test asserts that it still sees its subjects."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.settings import Settings, variable_of

ROOT = Path(__file__).parents[2]
PRODUCT = ("diffusion", "gateway", "export", "avila", "benchmarks", "model_repository")


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def reads(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node), node.lineno


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_import_rules_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-4000:]
    assert "0 broken" in result.stdout


def test_the_core_reads_no_clock_and_no_environment() -> None:
    """A core that reads the time or the environment itself cannot be tested without waiting or patching."""
    seen = modules("diffusion")
    assert len(seen) >= 25
    wrong = [
        where(path, line)
        for path in seen
        for name, line in reads(path)
        if name in {"time.time", "time.monotonic", "time.perf_counter", "time.sleep", "os.environ"}
    ]
    assert wrong == []


def test_the_gateway_reads_the_environment_in_one_place() -> None:
    """A second place that reads it would know settings that nobody can list."""
    seen = modules("gateway")
    assert len(seen) >= 40
    wrong = [
        where(path, line)
        for path in seen
        for name, line in reads(path)
        if name in {"os.environ", "os.getenv"} and path != ROOT / "gateway/settings.py"
    ]
    assert wrong == []


def test_no_async_handler_blocks() -> None:
    """An `async def` endpoint that never awaits runs on the event loop from end to end, so it must be short."""
    handlers = 0
    blocking = []
    for path in ROOT.glob("gateway/**/endpoints.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.AsyncFunctionDef) and node.decorator_list:
                handlers += 1
                waits = any(isinstance(n, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for n in ast.walk(node))
                statements = sum(isinstance(n, ast.stmt) for n in ast.walk(node)) - 1
                if not waits and statements > 6:
                    blocking.append(where(path, node.lineno))
    assert handlers >= 3, "this test has stopped seeing the handlers"
    assert blocking == []


@pytest.mark.parametrize("folder", PRODUCT)
def test_a_silenced_type_error_or_lint_says_which(folder: str) -> None:
    """A bare `type: ignore` or `noqa` also hides the next mistake on its line."""
    seen = modules(folder)
    assert seen
    bare = [
        where(path, number)
        for path in seen
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.rstrip().endswith(("# type: ignore", "# noqa"))
    ]
    assert bare == []


def test_files_stay_readable() -> None:
    """Every regret of comparable projects lives in their longest file."""
    seen = modules(*PRODUCT, "training")
    long = [
        f"{path.relative_to(ROOT)}: {count}"
        for path in seen
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert len(seen) >= 100
    assert long == []


def test_nothing_names_a_registry_host_or_a_path_of_somebodys_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    assert len(files) >= 150
    words = ["/ro" + "ot/", "/wo" + "rk/", "files.python" + "hosted.org", "registry.npm" + "js.org"]
    wrong = []
    for path in files:
        if not path.is_file() or path.suffix in {".onnx", ".safetensors", ".png", ".npz", ".webp"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        wrong += [f"{path.relative_to(ROOT)}: {word}" for word in words if word in text]
    assert wrong == []


def test_what_the_makefile_exports_is_a_setting() -> None:
    """Every command that reads the settings refuses a variable that is none: `make check` itself would fail."""
    exported = re.findall(r"^export (AVILA_\w+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert exported
    assert set(exported) <= {variable_of(field) for field in Settings.model_fields}
