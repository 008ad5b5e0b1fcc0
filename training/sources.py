"""Reading the npm packages of drawings and captions, behind the licence gate.

The model reproduces its training pictures closely, so its weights are treated as derived from them: only licences that
allow training, redistribution and commercial use without a condition on the model itself pass. The licence of the
pictures counts, not the package's: some sets publish code as Apache-2.0 and drawings as CC BY, hence an explicit list.
"""

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ALLOWED_LICENCES = frozenset({"MIT", "Apache-2.0"})
# Sets whose drawings' own licence was read upstream, with the copyright holder for the NOTICE.
CHECKED_SETS = {
    "noto": ("Apache-2.0", "Google LLC"),
    "noto-v1": ("Apache-2.0", "Google LLC"),
    "fluent-emoji-flat": ("MIT", "Microsoft Corporation"),
    "fluent-emoji": ("MIT", "Microsoft Corporation"),
}
LANGUAGES = ("de", "fr", "pt", "es")
SHARED_BY = 6  # a word that more drawings share names a kind (`gesicht`), not a thing


class LicenceError(RuntimeError):
    """A set of drawings whose licence does not allow what we do with it."""


@dataclass(frozen=True)
class Entry:
    """One emoji of emojibase: what its picture shows, in words."""

    hexcode: str
    label: str
    tags: tuple[str, ...]
    group: str
    translations: tuple[tuple[str, ...], ...]  # for each of LANGUAGES: the label, then shorter words for it


@dataclass(frozen=True)
class IconSet:
    """One package of SVG drawings."""

    name: str
    version: str
    licence: str
    icons: dict[str, Any]
    chars: dict[str, str]


def install(npm_dir: Path, manifest_dir: Path) -> Path:
    """Install the pinned packages, checked by the lock file's hashes; returns the `node_modules` folder."""
    npm_dir.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (npm_dir / name).write_bytes((manifest_dir / name).read_bytes())
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=npm_dir, check=True)
    return npm_dir / "node_modules"


def check_licence(name: str, info: dict[str, Any]) -> str:
    """The SPDX name of a set's licence.

    Raises:
        LicenceError: the set was not checked, or is not MIT or Apache-2.0.
    """
    spdx = str(info.get("license", {}).get("spdx", "none"))
    if spdx not in ALLOWED_LICENCES:
        raise LicenceError(f"{name}: licence {spdx} is not one of {', '.join(sorted(ALLOWED_LICENCES))}")
    if name not in CHECKED_SETS:
        raise LicenceError(
            f"{name}: its drawings' licence was not checked upstream; known sets: {', '.join(CHECKED_SETS)}"
        )
    if CHECKED_SETS[name][0] != spdx:
        raise LicenceError(f"{name}: package says {spdx}, upstream said {CHECKED_SETS[name][0]}")
    return spdx


def read_icon_set(modules: Path, name: str) -> IconSet:
    """Read one Iconify package.

    Raises:
        LicenceError: see `check_licence`.
    """
    folder = modules / "@iconify-json" / name
    info = json.loads((folder / "info.json").read_text())
    licence = check_licence(name, info)
    chars = folder / "chars.json"
    version = json.loads((folder / "package.json").read_text())["version"]
    icons = json.loads((folder / "icons.json").read_text())
    return IconSet(name, version, licence, icons, json.loads(chars.read_text()) if chars.exists() else {})


def read_entries(modules: Path) -> dict[str, Entry]:
    """All emojibase entries that belong to a group, by hexcode; flags and people are left out."""
    folder = modules / "emojibase-data"
    groups = {g["order"]: g["key"] for g in json.loads((folder / "en" / "messages.json").read_text())["groups"]}
    foreign = [_names(json.loads((folder / lang / "data.json").read_text())) for lang in LANGUAGES]
    entries = {}
    for raw in json.loads((folder / "en" / "data.json").read_text()):
        group = groups.get(raw.get("group"))
        if group is None or group in ("flags", "people-body", "component"):
            continue
        code = normal_hex(raw["hexcode"])
        words = tuple(table.get(code, ()) for table in foreign)
        entries[code] = Entry(code, raw["label"], tuple(raw.get("tags", ())), group, words)
    return entries


def _names(emojis: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """hexcode -> label, then its tags that are a part of the label and that few others have: `hund` of hundegesicht."""
    used = Counter(tag.lower() for emoji in emojis for tag in emoji.get("tags", ()))
    names = {}
    for emoji in emojis:
        label, tags = emoji["label"].lower(), (tag.lower() for tag in emoji.get("tags", ()))
        parts = (t for t in tags if t in label and t != label and len(t) > 2 and used[t] <= SHARED_BY)
        names[normal_hex(emoji["hexcode"])] = (label, *parts)
    return names


def normal_hex(code: str) -> str:
    """Hexcode without the variation selector, lower case: sets disagree on both."""
    return "-".join(part for part in code.lower().split("-") if part != "fe0f")


def match_icons(icon_set: IconSet, entries: dict[str, Entry], slugs: dict[str, str]) -> dict[str, str]:
    """hexcode -> icon name, one picture per entry; skin-tone variants and unknown icons drop out."""
    by_char = {name: normal_hex(code) for code, name in icon_set.chars.items()}
    found: dict[str, str] = {}
    for name in sorted(icon_set.icons["icons"]):
        if icon_set.icons["icons"][name].get("hidden"):
            continue
        code = by_char.get(name) or slugs.get(name.replace("-", ""))
        if code in entries:
            found.setdefault(code, name)
    return found


def slugs_of(entries: dict[str, Entry], sets: list[IconSet]) -> dict[str, str]:
    """Icon name without hyphens -> hexcode, for the sets that carry no code points."""
    slugs = {name.replace("-", ""): normal_hex(code) for s in sets for code, name in sorted(s.chars.items())}
    for code, entry in entries.items():
        slugs.setdefault(re.sub(r"[^a-z0-9]+", "", entry.label.lower()), code)
    return slugs


def svg_of(icon_set: IconSet, name: str, px: int) -> str:
    """The icon as a complete SVG document, `px` pixels wide and high."""
    data, icon = icon_set.icons, icon_set.icons["icons"][name]
    width, height = (icon.get(side, data.get(side, 16)) for side in ("width", "height"))
    box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{px}" height="{px}" viewBox="{box}">{icon["body"]}</svg>'
    )
