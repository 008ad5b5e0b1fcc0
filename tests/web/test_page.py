"""The page's own checks, and the page in a real browser against the real gateway."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.conftest import Served
from web import toolchain

REST = sorted(path.name.removesuffix(".e2e.ts") for path in (toolchain.WEB / "e2e" / "rest").glob("*.e2e.ts"))


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

    def test_every_file_that_the_service_worker_keeps_is_there(self, page: Path):
        """Of one that is missing the browser would keep none."""
        listed = re.search(r"const FILES = (\[.*?\]);", (page / "sw.js").read_text(encoding="utf-8"))
        assert listed is not None
        names = json.loads(listed[1])
        assert len(names) > 50
        assert [name for name in names if not (page / name.lstrip("/")).is_file()] == []


@pytest.fixture
def in_browser(served: Served, browser: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Runs the files of `web/e2e` below a path; where `AVILA_E2E_ONLY` is set, only the flows that it names."""
    monkeypatch.setenv("AVILA_E2E_URL", served.url)
    monkeypatch.setenv("AVILA_E2E_KEY", served.key)
    monkeypatch.setenv("AVILA_E2E_SETUP_TOKEN", served.setup_token)
    monkeypatch.setenv("AVILA_E2E_BROWSER", browser)
    only = os.environ.get("AVILA_E2E_ONLY")
    return lambda path: run("run", "e2e", "--", f"e2e/{path}", *(["--testNamePattern", only] if only else []))


@pytest.mark.triton
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")  # of the provider's libraries, which run in this process
class TestBrowser:
    """In this order: the first flow makes the administrator."""

    def test_what_everybody_does_works_from_end_to_end(self, in_browser: Callable[[str], None]):
        in_browser("daily/")

    @pytest.mark.slow  # minutes on two cores; `make test-slow` runs it
    @pytest.mark.parametrize("flows", REST)
    def test_the_rest_works_from_end_to_end(self, in_browser: Callable[[str], None], flows: str):
        in_browser(f"rest/{flows}.e2e.ts")

    @pytest.mark.slow
    def test_every_screen_is_accessible_and_fits_a_phone(self, in_browser: Callable[[str], None]):
        """`make screenshots` runs this and keeps the pictures."""
        if "AVILA_E2E_SCREENSHOTS" in os.environ:
            Path(os.environ["AVILA_E2E_SCREENSHOTS"]).mkdir(parents=True, exist_ok=True)
        in_browser("screens/")
