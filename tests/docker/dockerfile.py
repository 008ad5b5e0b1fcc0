"""Reads a Dockerfile into its stages: enough of the format for ours."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))


@dataclass(frozen=True, slots=True)
class Instruction:
    word: str
    text: str

    @property
    def options(self) -> dict[str, str]:
        return dict(re.findall(r"--(\w+)=(\S+)", self.text.split(" [")[0]))

    @property
    def arguments(self) -> list[str]:
        """The words after the options; of a JSON array its elements."""
        found = re.search(r"\[.*\]$", self.text)
        if found:
            words: list[str] = json.loads(found[0])
            return words
        return [word for word in shlex.split(self.text) if not word.startswith("--")]


@dataclass(slots=True)
class Stage:
    image: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, word: str) -> list[Instruction]:
        return [one for one in self.instructions if one.word == word]

    @property
    def environment(self) -> dict[str, str]:
        pairs = [pair.split("=", 1) for one in self.all("ENV") for pair in shlex.split(one.text)]
        return dict(pairs)


def read(path: Path) -> tuple[dict[str, str], list[Stage]]:
    """The arguments before the first stage, and the stages in order."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for statement in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        word, _, text = statement.partition(" ")
        if word == "FROM":
            image, _, name = text.partition(" AS ")
            stages.append(Stage(image.strip(), name.strip()))
        elif not stages:
            name, _, value = text.partition("=")
            arguments[name] = value
        else:
            stages[-1].instructions.append(Instruction(word, text.strip()))
    return arguments, stages
