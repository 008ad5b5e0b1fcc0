"""The words for the demo model's concepts in four languages, for the prompt editor's suggestions.

`python -m training.suggestions PACKAGES TARGET` reads emojibase-data (MIT) of the folder PACKAGES (`npm ci` makes it)
and writes TARGET, `gateway/prompts/data/subjects.json`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from training import config
from training.data import read_concepts

LANGUAGES = ("en", "de", "fr", "pt")
TAGS = 8


def suggestions(packages: Path, concepts: dict[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """One entry per concept: the English tag that the model was trained on, and the words that lead to it."""
    emojis = {language: _by_code(packages, language) for language in LANGUAGES}
    codes = {emoji["label"]: code for code, emoji in emojis["en"].items()}
    entries = []
    for label, aliases in concepts.items():
        code = codes[label]
        words = {language: _words(emojis[language][code]) for language in LANGUAGES}
        words["en"] = list(dict.fromkeys([label, *aliases, *words["en"]]))
        entries.append({"tag": aliases[0] if aliases else label, "words": words})
    return entries


def _by_code(packages: Path, language: str) -> dict[str, dict[str, Any]]:
    path = packages / "node_modules" / "emojibase-data" / language / "data.json"
    return {emoji["hexcode"]: emoji for emoji in json.loads(path.read_text(encoding="utf-8"))}


def _words(emoji: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys([emoji["label"], *emoji.get("tags", [])[:TAGS]]))


def main(packages: str, target: str) -> None:
    """Write the file."""
    concepts = read_concepts(Path(config.__file__).with_name("concepts.toml")).aliases
    entries = suggestions(Path(packages), concepts)
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    Path(target).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
