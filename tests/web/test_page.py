"""The page's own checks, and the page in a real browser against the real gateway."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.web.conftest import Served
from web import toolchain


def run(*arguments: str) -> None:
    """An npm command; its output is the test's, and its failure the test's failure."""
    try:
        toolchain.install()
        toolchain.npm(*arguments)
    except SystemExit as ended:
        pytest.fail(f"npm {' '.join(arguments)} ended with {ended.code}; see its output above")


class TestSources:
    def test_types_hold(self):
        run("run", "types")

    def test_the_linter_is_content(self):
        run("run", "lint")

    def test_units_and_screens(self):
        run("run", "test")

    def test_the_types_of_the_api_are_those_of_its_description(self):
        run("run", "schema", "--", "--check")


class TestBuild:
    def test_the_first_load_keeps_its_budget(self, page: Path):
        run("run", "size")


@pytest.mark.slow  # minutes on two cores; `make test-slow` runs it
class TestBrowser:
    @pytest.mark.timeout(900)
    def test_the_page_works_from_end_to_end(self, served: Served, browser: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("AVILA_E2E_URL", served.url)
        monkeypatch.setenv("AVILA_E2E_KEY", served.key)
        monkeypatch.setenv("AVILA_E2E_SETUP_TOKEN", served.setup_token)
        monkeypatch.setenv("AVILA_E2E_BROWSER", browser)
        if "AVILA_E2E_SCREENSHOTS" in os.environ:
            Path(os.environ["AVILA_E2E_SCREENSHOTS"]).mkdir(parents=True, exist_ok=True)
        run("run", "e2e")
