"""Stage 1: npm packages -> captioned pictures.

Writes `pictures.npy` (uint8 [N, 64, 64, 3]), `records.json` (one record per picture) and `data.json` (versions,
licences, counts, hash). Sorted names and no randomness: the same packages give the same bytes, checked against
`data.sha256`.
"""

import argparse
import hashlib
import io
import json
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from training import config, recolour, sources
from training.recolour import Picture

BASE, RECOLOURED, HELD_OUT, EXTRA, OTHER = "base", "recoloured", "held out", "extra", "other"


@dataclass(frozen=True)
class Record:
    """What one picture shows. `part` says who may look at it.

    base: base concepts in base styles; recoloured: the same in another main colour; held out: colour combinations
    for the evaluation only; extra: further drawings of the base sets (autoencoder only); other: the other vendors'
    drawings.
    """

    part: str
    style: str
    source: str
    label: str
    concept: str
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    translations: tuple[tuple[str, ...], ...] = ()  # as in `sources.Entry`
    colour: str = ""  # the main one, where there is one
    any_colour: bool = False  # people who do not name a colour may get this one


@dataclass(frozen=True)
class Concepts:
    """The content of `concepts.toml`."""

    aliases: dict[str, tuple[str, ...]]
    recoloured: dict[str, str]
    held_out: frozenset[str]
    any_colour: frozenset[str]
    hues: dict[str, float]


def read_concepts(path: Path) -> Concepts:
    """Read the list of concepts."""
    raw = tomllib.loads(path.read_text())
    colours = raw["recolour"]
    aliases = {label: tuple(words) for label, words in raw["concepts"].items()}
    held_out, any_colour = frozenset(colours["held_out"]), frozenset(colours["any_colour"])
    return Concepts(aliases, dict(colours["objects"]), held_out, any_colour, dict(colours["hues"]))


def draw(icon_set: sources.IconSet, name: str, raster_px: int) -> Picture:
    """The icon on white, RGB [raster_px, raster_px, 3]."""
    import resvg_py

    svg = sources.svg_of(icon_set, name, raster_px)
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, background="white", skip_system_fonts=True))
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    if picture.size != (raster_px, raster_px):
        picture = picture.resize((raster_px, raster_px), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def shrink(picture: Picture, px: int) -> Picture:
    """Mean of whole blocks of pixels: [k*px, k*px, 3] -> [px, px, 3]."""
    factor = picture.shape[0] // px
    means = picture.reshape(px, factor, px, factor, 3).mean((1, 3))
    return np.asarray(means.round(), np.uint8)


class Builder:
    """Collects the pictures and records of all sets, in a fixed order."""

    def __init__(self, modules: Path, cfg: config.Data, concepts: Concepts) -> None:
        self.cfg, self.concepts = cfg, concepts
        self.entries = sources.read_entries(modules)
        known = {entry.label for entry in self.entries.values()}
        if missing := sorted((concepts.aliases.keys() | concepts.recoloured.keys()) - known):
            raise ValueError(f"{cfg.concepts}: no emojibase label {', '.join(missing)}")
        self.sets = {s: sources.read_icon_set(modules, s) for s in (*cfg.base_sets.values(), *cfg.other_sets.values())}
        self.slugs = sources.slugs_of(self.entries, list(self.sets.values()))

    def build(self) -> Iterator[tuple[Record, Picture]]:
        """Every record with its picture [px, px, 3]."""
        for style, name in self.cfg.base_sets.items():
            yield from self._set(style, name, is_base=True)
        for style, name in self.cfg.other_sets.items():
            yield from self._set(style, name, is_base=False)

    def _set(self, style: str, name: str, *, is_base: bool) -> Iterator[tuple[Record, Picture]]:
        icon_set = self.sets[name]
        for code, icon in sorted(sources.match_icons(icon_set, self.entries, self.slugs).items()):
            entry = self.entries[code]
            is_concept = entry.label in self.concepts.aliases
            if not (is_base or is_concept):
                continue
            part = (BASE if is_concept else EXTRA) if is_base else OTHER
            picture = draw(icon_set, icon, self.cfg.raster_px)
            aliases = self.concepts.aliases.get(entry.label, ())
            label = entry.label.lower()
            colour = recolour.main_colour(picture)
            record = Record(part, style, name, label, label, aliases, entry.tags, entry.translations, colour)
            yield record, shrink(picture, self.cfg.picture_px)
            if is_base and entry.label in self.concepts.recoloured:
                yield from self._colours(record, picture, self.concepts.recoloured[entry.label])

    def _colours(self, record: Record, picture: Picture, noun: str) -> Iterator[tuple[Record, Picture]]:
        original = recolour.main_hue(picture)
        for colour, hue in self.concepts.hues.items():
            if abs((hue - original + 180) % 360 - 180) < 14:
                continue  # it has this colour already
            label = f"{colour} {noun}"
            part = HELD_OUT if label in self.concepts.held_out else RECOLOURED
            free = noun in self.concepts.any_colour
            turned = Record(part, record.style, record.source, label, record.label, colour=colour, any_colour=free)
            yield turned, shrink(recolour.turn(picture, hue), self.cfg.picture_px)


def load(work_dir: Path) -> tuple[list[Record], Picture]:
    """The built records and pictures uint8 [N, px, px, 3]."""
    rows: list[dict[str, Any]] = json.loads((work_dir / "records.json").read_text())
    return [_record(row) for row in rows], np.load(work_dir / "pictures.npy")


def _record(row: dict[str, Any]) -> Record:
    """A row of JSON, where tuples are lists."""
    translations = tuple(tuple(words) for words in row["translations"])
    return Record(**(row | {key: tuple(row[key]) for key in ("aliases", "tags")} | {"translations": translations}))


def digest(records: list[Record], pictures: Picture) -> str:
    """SHA-256 over all records and pixels."""
    text = json.dumps([asdict(r) for r in records], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode() + pictures.tobytes()).hexdigest()


def save(work_dir: Path, builder: Builder) -> str:
    """Build everything and write it; returns the hash."""
    pairs = list(builder.build())
    records, pictures = [r for r, _ in pairs], np.stack([p for _, p in pairs])
    work_dir.mkdir(parents=True, exist_ok=True)
    np.save(work_dir / "pictures.npy", pictures)
    (work_dir / "records.json").write_text(json.dumps([asdict(r) for r in records], ensure_ascii=False))
    parts = {part: sum(r.part == part for r in records) for part in (BASE, RECOLOURED, HELD_OUT, EXTRA, OTHER)}
    sha256 = digest(records, pictures)
    about = {
        "sets": {s.name: {"version": s.version, "licence": s.licence} for s in builder.sets.values()},
        "parts": parts,
        "sha256": sha256,
    }
    (work_dir / "data.json").write_text(json.dumps(about, indent=2) + "\n")
    print(json.dumps(about, indent=2))
    return sha256


def main() -> None:
    """Install the packages (unless told not to) and build the data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=config.DEFAULT)
    parser.add_argument("--no-install", action="store_true", help="the packages are in <work_dir>/npm already")
    parser.add_argument(
        "--accept", action="store_true", help="write the new hash to data.sha256 instead of checking it"
    )
    args = parser.parse_args()
    cfg = config.load(args.config)
    npm = cfg.work_dir / "npm"
    modules = npm / "node_modules" if args.no_install else sources.install(npm, cfg.root)
    sha256 = save(cfg.work_dir, Builder(modules, cfg.data, read_concepts(cfg.root / cfg.data.concepts)))
    expected = cfg.root / "data.sha256"
    if args.accept:
        expected.write_text(sha256 + "\n")
    elif expected.exists() and expected.read_text().strip() != sha256:
        raise SystemExit(
            f"the built data differs from the recorded one: {sha256}, expected {expected.read_text().strip()}"
        )


if __name__ == "__main__":
    main()
