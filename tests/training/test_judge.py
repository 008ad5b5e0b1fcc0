import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

from training import data, evaluate, judge, recolour
from training.config import DEFAULT

WHITE = (255, 255, 255)


def picture(shape, colour):
    y, x = np.mgrid[:64, :64] - 31.5
    inside = {"disc": x**2 + y**2 < 576, "square": np.maximum(abs(x), abs(y)) < 22, "stripe": abs(x + y) < 9}[shape]
    return np.where(inside[..., None], np.uint8(colour), np.uint8(WHITE))


def record(label, part=data.BASE):
    return data.Record(part, "noto", "noto", label, label)


class TestColourShare:
    @pytest.mark.parametrize(
        ("rgb", "name"),
        [((230, 30, 30), "red"), ((240, 140, 20), "orange"), ((250, 210, 30), "yellow"), ((40, 160, 60), "green"),
         ((30, 90, 220), "blue"), ((140, 40, 200), "purple"), ((255, 120, 200), "pink")],
    )  # fmt: skip
    def test_a_plain_colour_is_itself_and_no_other(self, rgb, name):
        drawn = picture("disc", rgb)
        assert recolour.colour_share(drawn, name) > 0.95
        assert all(recolour.colour_share(drawn, other) < 0.05 for other in {*recolour.HUES, "pink"} - {name})

    def test_a_picture_without_colour_has_none(self):
        assert recolour.colour_share(picture("disc", (90, 90, 90)), "red") == 0.0


class TestGallery:
    def test_finds_the_same_shape_and_colour_though_moved_and_blurred(self):
        kinds = [(s, c) for s in ("disc", "square", "stripe") for c in ((230, 30, 30), (30, 90, 220))]
        pictures = np.stack([picture(*kind) for kind in kinds])
        gallery = judge.Gallery([record(f"{s} {c[0]}") for s, c in kinds], pictures)
        for (shape, colour), drawn in zip(kinds, pictures, strict=True):
            moved = np.roll(drawn, (1, 2), (0, 1))
            blurred = (moved.astype(int) + np.roll(moved, 1, 0) + np.roll(moved, 1, 1)) // 3
            assert gallery.nearest(blurred.astype(np.uint8), 1)[0].label == f"{shape} {colour[0]}"

    def test_other_vendors_drawings_are_not_in_it(self):
        drawn = np.stack([picture("disc", (230, 30, 30)), picture("square", (230, 30, 30))])
        gallery = judge.Gallery([record("a"), record("b", data.OTHER)], drawn)
        assert [r.label for r in gallery.nearest(drawn[1])] == ["a"]


def test_the_sheet_asks_for_what_the_project_promises():
    prompts = evaluate.read_prompts(DEFAULT.parent / "prompts.toml")
    concepts = data.read_concepts(DEFAULT.parent / "concepts.toml")
    assert len(prompts) == len({p.text for p in prompts}) == 64
    assert sum(p.phrasing != "caption" for p in prompts) >= 64 / 3
    assert all(set(p.shows) & concepts.aliases.keys() for p in prompts)
    unseen = [p.text for p in prompts if p.phrasing == "unseen"]
    assert all(any(combination in text for combination in concepts.held_out) for text in unseen)
