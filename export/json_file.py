"""The JSON files of a checkpoint in diffusers' layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from export.errors import CheckpointError, DamagedFileError


def read_json(path: Path, expected: str = "a folder in diffusers' layout") -> dict[str, Any]:
    """A JSON object.

    Raises:
        CheckpointError: there is none; `expected` says what should have been there.
        DamagedFileError: something else.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(path, f"no such file; {expected} is expected") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise DamagedFileError(path, f"not JSON ({error})") from None
    if not isinstance(data, dict):
        raise DamagedFileError(path, "not a JSON object")
    return data
