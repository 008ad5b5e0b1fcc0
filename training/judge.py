"""Does a picture show what was asked? Three opinions, none of which comes from the model that is judged.

1. Nearest picture: among all drawings of the base sets (1,256 concepts), in a hand-made space of edge orientations
   (HOG) and coarse colours, which is not trained on anything.
2. Colour: the share of the drawing's coloured area that has the hue asked for.
3. A small classifier, trained on other vendors' drawings of the concepts only, which the model never saw.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.data import BASE, EXTRA, HELD_OUT, OTHER, RECOLOURED, Record
from training.recolour import Picture, colour_share

Features = NDArray[np.float32]
CELLS, ORIENTATIONS = 8, 9
COLOUR_SHARE = 0.4  # of the coloured area; unrelated outlines, leaves and shadows take the rest


def edge_features(pictures: Picture) -> Features:
    """Histograms of oriented gradients of uint8 [N, H, W, 3], normalised over 2x2 cells: float [N, 7*7*36]."""
    grey = pictures.astype(np.float32).mean(-1) / 255
    dy, dx = np.gradient(grey, axis=(1, 2))
    strength = np.hypot(dx, dy)
    angle = (np.arctan2(dy, dx) % np.pi) * (ORIENTATIONS / np.pi)
    low = np.floor(angle).astype(int) % ORIENTATIONS
    part = angle - np.floor(angle)
    n, side = len(pictures), pictures.shape[1] // CELLS
    cells = np.zeros((n, CELLS, CELLS, ORIENTATIONS), np.float32)
    for k in range(ORIENTATIONS):  # each gradient is shared between its two nearest orientations
        weight = np.where(low == k, 1 - part, 0) + np.where((low + 1) % ORIENTATIONS == k, part, 0)
        cells[..., k] = (strength * weight).reshape(n, CELLS, side, CELLS, side).sum((2, 4))
    corners = [cells[:, i : CELLS - 1 + i, j : CELLS - 1 + j] for i in (0, 1) for j in (0, 1)]
    blocks = np.concatenate(corners, -1)
    blocks = blocks / (np.linalg.norm(blocks, axis=-1, keepdims=True) + 0.1)
    return np.asarray(blocks.reshape(n, -1), np.float32)


def colour_features(pictures: Picture) -> Features:
    """Mean colour of 8x8 cells of uint8 [N, H, W, 3]: float [N, 192] in 0..1."""
    n, side = len(pictures), pictures.shape[1] // CELLS
    means = pictures.reshape(n, CELLS, side, CELLS, side, 3).mean((2, 4))
    return np.asarray(means.reshape(n, -1) / 255, np.float32)


def features(pictures: Picture) -> Features:
    """Edges and colours side by side, scaled so that both weigh the same between two random drawings."""
    return np.concatenate([edge_features(pictures) / 4.5, colour_features(pictures) / 4.0], 1)


class Gallery:
    """All captioned drawings of the base sets, to find the one most like a picture."""

    def __init__(self, records: Sequence[Record], pictures: Picture) -> None:
        index = [i for i, r in enumerate(records) if r.part in (BASE, EXTRA, RECOLOURED, HELD_OUT)]
        self.records = [records[i] for i in index]
        self.features = features(pictures[index])

    def nearest(self, picture: Picture, count: int = 5) -> list[Record]:
        """The records of the `count` drawings nearest to an RGB picture [H, W, 3]."""
        distance = ((self.features - features(picture[None])) ** 2).sum(1)
        return [self.records[i] for i in np.argsort(distance)[:count]]


class Classifier:
    """A two-layer network on `features`, trained on shifted, scaled and turned drawings of the other vendors."""

    def __init__(self, records: Sequence[Record], pictures: Picture, seed: int = 0, rounds: int = 24) -> None:
        index = [i for i, r in enumerate(records) if r.part == OTHER]
        self.names = sorted({records[i].concept for i in index})
        labels = np.array([self.names.index(records[i].concept) for i in index])
        rng = np.random.default_rng(seed)
        x = np.concatenate([features(np.stack([varied(pictures[i], rng) for i in index])) for _ in range(rounds)])
        y = np.tile(labels, rounds)
        torch.manual_seed(seed)
        self.net = nn.Sequential(
            nn.Dropout(0.3), nn.Linear(x.shape[1], 256), nn.ReLU(), nn.Dropout(0.3), nn.Linear(256, len(self.names))
        )
        self._train(torch.from_numpy(x), torch.from_numpy(y), rng)

    def _train(self, x: torch.Tensor, y: torch.Tensor, rng: np.random.Generator, epochs: int = 12) -> None:
        optimizer = torch.optim.AdamW(self.net.parameters(), lr=2e-3, weight_decay=1e-2)
        for _ in range(epochs):
            for part in np.array_split(rng.permutation(len(x)), len(x) // 128 + 1):
                loss = nn.functional.cross_entropy(self.net(x[part]), y[part], label_smoothing=0.1)
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
        self.net.eval()

    @torch.no_grad()
    def best(self, picture: Picture, count: int = 5) -> list[str]:
        """The `count` likeliest concepts of an RGB picture [H, W, 3]."""
        scores = self.net(torch.from_numpy(features(picture[None])))[0]
        return [self.names[i] for i in scores.argsort(descending=True)[:count]]


def varied(picture: Picture, rng: np.random.Generator) -> Picture:
    """The drawing shifted, scaled, mirrored and brightened a little, on white."""
    side = picture.shape[0]
    size = int(rng.integers(side * 3 // 4, side + 1))
    rows = np.arange(size) * side // size
    small = picture[rows][:, rows]
    if rng.random() < 0.5:
        small = small[:, ::-1]
    canvas = np.full_like(picture, 255)
    y, x = rng.integers(0, side - size + 1, 2)
    canvas[y : y + size, x : x + size] = small
    tint = rng.uniform(0.85, 1.15, 3)
    return np.asarray(255 - (255 - canvas.astype(np.float32)) * tint).clip(0, 255).astype(np.uint8)


def is_recognised(concept: str, shows: Sequence[str], share: float | None) -> tuple[bool, bool]:
    """(whether a drawing of `concept` shows what was asked for, whether the colour is right too).

    Args:
        concept: of the nearest drawing.
        shows: the labels that count as right.
        share: of the colour that was asked for (`colour_share`), or None where none was.
    """
    wanted = {label.lower() for label in shows}
    # a recoloured or heart-like concept differs by colour alone, which is the colour's business
    kinds = set() if share is None else {label.split()[-1] for label in wanted}
    is_right = concept in wanted or concept.split()[-1] in kinds
    return is_right, is_right and (share is None or share >= COLOUR_SHARE)


@dataclass(frozen=True)
class Verdict:
    """What the judge thinks of one picture."""

    nearest: str
    nearest_style: str
    nearest_is_right: bool
    classifier_is_right: bool
    colour: float | None
    is_recognised: bool


class Judge:
    """The three opinions together."""

    def __init__(self, records: Sequence[Record], pictures: Picture) -> None:
        self.gallery = Gallery(records, pictures)
        self.classifier = Classifier(records, pictures)

    def verdict(self, picture: Picture, shows: Sequence[str], colour: str | None) -> Verdict:
        """Judge an RGB picture [H, W, 3]: recognised = the nearest drawing shows it and the colour is as asked."""
        wanted = {label.lower() for label in shows}
        first = self.gallery.nearest(picture, 1)[0]
        share = colour_share(picture, colour) if colour else None
        nearest_is_right, is_whole = is_recognised(first.concept, shows, share)
        return Verdict(
            nearest=first.label,
            nearest_style=first.style,
            nearest_is_right=nearest_is_right,
            classifier_is_right=bool(wanted & set(self.classifier.best(picture))),
            colour=share,
            is_recognised=is_whole,
        )
