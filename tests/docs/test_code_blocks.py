"""Documentation runs: every Python block against a real service, every command and target named in it exists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[str, str]]:
    """(page and line, text) of every block in `language`."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            if match[1] == language:
                line = text.count("\n", 0, match.start()) + 1
                found.append((f"{page.relative_to(ROOT)}:{line}", match[2]))
    return found


PYTHON = blocks("python")
SHELL = blocks("sh")


def test_the_pages_have_blocks_to_run() -> None:
    assert len(PYTHON) >= 4
    assert len(SHELL) >= 3


@pytest.mark.triton
@pytest.mark.parametrize("text", [text for _, text in PYTHON], ids=[place for place, _ in PYTHON])
def test_a_python_block_runs(text: str, service, tmp_path: Path) -> None:
    for written, meant in {
        "http://127.0.0.1:8080": service.address,
        "127.0.0.1:18001": f"127.0.0.1:{service.settings['triton_grpc_port']}",
        "avila-demo": "toy",
        "av_…": service.key,
    }.items():
        text = text.replace(written, meant)
    result = subprocess.run(
        [sys.executable, "-c", text],
        cwd=tmp_path,
        env={**os.environ, "AVILA_API_KEY": service.key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`?make ([a-z][a-z-]+)", page.read_text()) if name != "it"}
    commands = {name for _, text in SHELL for name in re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)}
    assert commands <= targets
    quoted = {name for page in PAGES for name in re.findall(r"`make ([a-z][a-z-]+)[` ]", page.read_text())}
    assert quoted <= targets, quoted - targets
    assert named


def test_every_subcommand_that_is_named_exists() -> None:
    known = {path.stem for path in (ROOT / "avila" / "commands").glob("*.py")} - {"__init__"}
    named = {name for page in PAGES for name in re.findall(r"`avila ([a-z]+)", page.read_text(encoding="utf-8"))}
    named |= {name for _, text in SHELL for name in re.findall(r"(?:^|-m )avila ([a-z]+)", text, re.MULTILINE)}
    assert named
    assert named <= known, named - known


def test_every_relative_link_leads_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []
