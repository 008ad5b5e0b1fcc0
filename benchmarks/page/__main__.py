"""`python -m benchmarks.page` (or `make bench-page`): a whole service, its page in Chromium, 100,000 pictures."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

from benchmarks.gateway.search import PICTURES, fill_installation
from benchmarks.machine import ROOT, describe
from benchmarks.page.report import write_report
from benchmarks.processes import PieceError
from benchmarks.progress import Progress
from benchmarks.service import ADMIN, Service, running_service
from web import toolchain

RESULTS = ROOT / "benchmarks" / "results"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROMPTS = ("a red apple, noto style", "a blue fish", "a yellow star", "a green tree", "a sunflower", "a cat face")
OF_A_JOB = 4
LIGHTHOUSE = toolchain.WEB / "lighthouse"


def main(arguments: list[str] | None = None) -> int:
    """Measure; returns the exit status."""
    options = _parser().parse_args(arguments)
    progress, facts = Progress(), describe()
    try:
        browser = _browser()
        toolchain.build()
        toolchain.install()
        with tempfile.TemporaryDirectory(prefix="avila-measures-") as name:
            measures = Path(name)
            with running_service({"web_dir": toolchain.WEB / "dist"}) as service:
                progress.section(f"a service is ready after {service.start_s:.1f} s")
                environment = _environment(service, browser, measures)
                os.environ.update(environment)
                if "lighthouse" in options.parts:
                    progress.section("Lighthouse")
                    _lighthouse(measures)
                for part in (part for part in ("load", "mask", "gallery") if part in options.parts):
                    progress.section(part)
                    _prepare(service, options.pictures, part, progress)
                    toolchain.npm("run", "e2e", "--", f"e2e/measures/{part}.measure.ts")
            found = {path.stem: json.loads(path.read_text()) for path in measures.glob("*.json")}
    except (PieceError, httpx.HTTPError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    written = write_report(facts, {"pictures": options.pictures, **found}, options.output)
    progress.section("written: " + ", ".join(str(path) for path in written))
    return 0


def _browser() -> str:
    found = os.environ.get("AVILA_TEST_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise PieceError("no Chromium was found; install one, or name one in AVILA_TEST_BROWSER")
    return found


def _environment(service: Service, browser: str, measures: Path) -> dict[str, str]:
    body = {"name": "measures", "scopes": ["read", "generate"]}
    made = httpx.post(f"{service.address}/v1/keys", json=body, headers=service.headers, timeout=30).raise_for_status()
    return {
        "AVILA_E2E_URL": service.address,
        "AVILA_E2E_KEY": made.json()["key"],
        "AVILA_E2E_SETUP_TOKEN": "used",
        "AVILA_E2E_BROWSER": browser,
        "AVILA_E2E_EMAIL": ADMIN,
        "AVILA_E2E_PASSWORD": service.password,
        "AVILA_MEASURES": str(measures),
    }


def _prepare(service: Service, pictures: int, part: str, progress: Progress) -> None:
    """A few real pictures before the first load is measured; before the gallery, many that show the same files."""
    with httpx.Client(base_url=service.address, headers=service.headers, timeout=120) as client:
        if part == "load":
            for seed, prompt in enumerate(PROMPTS):
                body: dict[str, Any] = {"input": {"prompt": prompt, "seed": seed, "num_images": OF_A_JOB}}
                client.post("/v1/jobs", json=body, headers={"prefer": "wait=60"}).raise_for_status()
        if part == "gallery":
            owner = client.get("/v1/auth/me").raise_for_status().json()["id"]
            asyncio.run(fill_installation(f"sqlite+aiosqlite:///{service.folder}/avila.sqlite", pictures, owner))
            progress.result(f"{pictures} pictures more")


def _lighthouse(measures: Path) -> None:
    toolchain.install(LIGHTHOUSE)
    toolchain.npm("start", "--silent", project=LIGHTHOUSE)
    shutil.rmtree(measures / "profile", ignore_errors=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parts = ("lighthouse", "load", "mask", "gallery")
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts, help="measure only these")
    parser.add_argument("--pictures", type=int, default=PICTURES, help="in the gallery")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
