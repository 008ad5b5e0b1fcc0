"""What the page takes from the Python side, committed under `web/src/api`: the OpenAPI description and the solvers.

`python -m tests.web.description` writes the files; a test compares them with what the code says today.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from diffusion.solvers.registry import SOLVERS
from gateway.app import create_app
from gateway.backend.base import Backend
from gateway.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "web" / "src" / "api"
OPENAPI = FOLDER / "openapi.json"
SAMPLERS = FOLDER / "samplers.json"


def openapi() -> str:
    """The gateway's OpenAPI description, as JSON with sorted keys."""
    return _text(create_app(Settings(), cast(Backend, object())).openapi())  # never started, so no backend is touched


def samplers() -> str:
    """The solvers that a request may name, with the schedules each runs on."""
    return _text(
        [
            {
                "key": info.key,
                "name": info.name,
                "schedules": list(info.schedules),
                "default_schedule": info.default_schedule,
            }
            for info in SOLVERS.values()
        ]
    )


def _text(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    OPENAPI.write_text(openapi(), encoding="utf-8")
    SAMPLERS.write_text(samplers(), encoding="utf-8")
