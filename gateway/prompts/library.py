"""Styles, templates and wildcards: those that ship, and the operator's own in the data folder's `prompts/`.

prompts/wildcards/animal.txt    one choice a line; `#` begins a remark; folders become `folder/name`
prompts/styles.csv              AUTOMATIC1111's: name, prompt, negative_prompt
prompts/templates.json          as gateway/prompts/data/templates.json
"""

from __future__ import annotations

import csv
import functools
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gateway.errors import UnavailableError
from gateway.prompts.items import Style, Template

SHIPPED = Path(__file__).with_name("data")
MAX_FILES = 1000
MAX_BYTES = 1_000_000
_NAME = re.compile(r"[\w\-]+(?:/[\w\-]+)*")


class Library:
    """Reads the files when they are asked for, and again when they have changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def wildcards(self) -> Mapping[str, Sequence[str]]:
        """The choices of every wildcard; an operator's file goes before a shipped one of the same name."""
        found: dict[str, Sequence[str]] = {}
        for folder in (SHIPPED / "wildcards", self._folder / "wildcards"):
            for path in sorted(folder.rglob("*.txt"))[:MAX_FILES]:
                name = path.relative_to(folder).with_suffix("").as_posix()
                if _NAME.fullmatch(name):
                    found[name] = _lines(path, *_state(path))
        return found

    def styles(self) -> Mapping[str, Style]:
        """Every style by name."""
        own = self._folder / "styles.csv"
        rows = _styles(own, *_state(own)) if own.is_file() else ()
        return {style.name: style for style in (*_shipped_styles(), *rows)}

    def templates(self) -> Mapping[str, Template]:
        """Every template by name."""
        found = {}
        for path in (SHIPPED / "templates.json", self._folder / "templates.json"):
            if path.is_file():
                found.update({template.name: template for template in _templates(path, *_state(path))})
        return found


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    if stat.st_size > MAX_BYTES:
        raise UnavailableError(f"prompts/{path.name} is larger than {MAX_BYTES} bytes")
    return stat.st_mtime_ns, stat.st_size


@functools.lru_cache(maxsize=MAX_FILES)
def _lines(path: Path, *_: int) -> Sequence[str]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@functools.lru_cache(maxsize=8)
def _styles(path: Path, *_: int) -> Sequence[Style]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = [{key: value or "" for key, value in row.items() if key} for row in csv.DictReader(file)]
    return [
        Style(name=row["name"], prompt=row.get("prompt", ""), negative_prompt=row.get("negative_prompt", ""))
        for row in rows
        if row.get("name")
    ]


@functools.lru_cache(maxsize=1)
def _shipped_styles() -> Sequence[Style]:
    return TypeAdapter(list[Style]).validate_python(read_json("styles.json"))


@functools.lru_cache(maxsize=8)
def _templates(path: Path, *_: int) -> Sequence[Template]:
    try:
        return TypeAdapter(list[Template]).validate_json(path.read_bytes())
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in detail["loc"])
        raise UnavailableError(f"prompts/{path.name} is wrong at {where}: {detail['msg']}") from error


def read_json(name: str) -> Any:
    """A file that ships."""
    return json.loads((SHIPPED / name).read_text(encoding="utf-8"))
