"""A small judge that ships with the checks: the gallery's drawings in their principal components, as `gate.npz`.

The full judge (`training.judge`) needs the drawings themselves, which are not in the repository. This stage writes the
file from them and says how often its verdicts on other vendors' drawings agree with the full judge's (94 %).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training import config, data
from training.data import Record
from training.judge import Gallery, Judge, features, is_recognised
from training.recolour import Picture, colour_share

FILE = Path(__file__).with_name("gate.npz")
COMPONENTS = 48

# A subset of prompts.toml: 4 objects, 2 animals, 2 foods, a face, a symbol, a colour and a free phrasing.
PROMPTS = (
    "red apple, noto style",
    "grinning face, fluent style",
    "house",
    "tree",
    "green heart",
    "star",
    "hamburger, fluent style",
    "banana",
    "penguin",
    "octopus",
    "robot",
    "umbrella",
)


@dataclass(frozen=True)
class Gate:
    """Finds the drawing most like a picture, among all captioned drawings of the base sets.

    Attributes:
        concepts: of each drawing [N].
        mean, basis: of the gallery's features [F] and their principal components [K, F].
        places: of the drawings in the components [N, K].
    """

    concepts: NDArray[np.str_]
    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    places: NDArray[np.float32]

    @classmethod
    def load(cls, path: Path = FILE) -> Gate:
        """Read `gate.npz`."""
        with np.load(path) as stored:
            return cls(stored["concepts"], *(stored[name].astype(np.float32) for name in ("mean", "basis", "places")))

    @classmethod
    def of(cls, gallery: Gallery) -> Gate:
        """From the full judge's gallery."""
        mean = gallery.features.mean(0)
        _, _, rows = np.linalg.svd(gallery.features - mean, full_matrices=False)
        basis = rows[:COMPONENTS]
        concepts = np.array([record.concept for record in gallery.records])
        return cls(concepts, mean, basis, (gallery.features - mean) @ basis.T)

    def save(self, path: Path = FILE) -> None:
        """Write `gate.npz`, in half precision."""
        halves = {name: getattr(self, name).astype(np.float16) for name in ("mean", "basis", "places")}
        np.savez_compressed(path, concepts=self.concepts, **halves)

    def nearest(self, picture: Picture) -> str:
        """The concept of the drawing nearest to an RGB picture [64, 64, 3]."""
        place = (features(picture[None])[0] - self.mean) @ self.basis.T
        return str(self.concepts[((self.places - place) ** 2).sum(1).argmin()])

    def recognises(self, picture: Picture, shows: Sequence[str], colour: str | None) -> bool:
        """The full judge's rule, on this gallery."""
        share = colour_share(picture, colour) if colour else None
        return is_recognised(self.nearest(picture), shows, share)[1]


def agreement(gate: Gate, judge: Judge, shown: Sequence[tuple[Picture, Record]]) -> float:
    """Share (0..1) of pictures on which the gate and the full judge give the same verdict."""
    same = [
        gate.recognises(picture, [record.concept], None) == judge.verdict(picture, [record.concept], None).is_recognised
        for picture, record in shown
    ]
    return float(np.mean(same))


def main() -> None:
    """Write `gate.npz`; print its size and its agreement with the full judge on the other vendors' drawings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=config.DEFAULT)
    cfg = config.load(parser.parse_args().config)
    records, pictures = data.load(cfg.work_dir)
    judge = Judge(records, pictures)
    gate = Gate.of(judge.gallery)
    gate.save()
    others = [(pictures[i], record) for i, record in enumerate(records) if record.part == data.OTHER]
    kept = Gate.load()
    about = {"bytes": FILE.stat().st_size, "drawings": len(kept.concepts), "agreement": agreement(kept, judge, others)}
    print(json.dumps(about))


if __name__ == "__main__":
    main()
