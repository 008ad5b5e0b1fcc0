"""What seeds, guidance and negative prompts do, in figures.

Users expect another seed to give another picture of the same thing, guidance to hold the picture to its prompt,
and what a negative prompt names to go away. The model knows every concept in two styles and some in any colour: these
it can vary.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from training.judge import Judge
from training.recolour import Picture, main_colour

Draw = Callable[..., Picture]  # `evaluate.generate` with its pipeline: (prompts, seed, ...) -> uint8 [N, H, W, 3]
SEEDS = (11, 211, 411, 611)
ASKED = 24


def share(flags: Sequence[bool]) -> float:
    """Percentage of true ones."""
    return round(100 * float(np.mean(flags)), 1) if len(flags) else float("nan")


def seeds(draw: Draw, judge: Judge, nouns: Sequence[str]) -> dict[str, float]:
    """How many looks (style and main colour) four seeds give of objects that come in any colour, 1 to 4 on average."""
    drawn = [draw(list(nouns), seed) for seed in SEEDS]
    looks = [
        {(judge.verdict(pictures[k], [noun], None).nearest_style, main_colour(pictures[k])) for pictures in drawn}
        for k, noun in enumerate(nouns)
    ]
    return {"looks_of_4_seeds": round(float(np.mean([len(found) for found in looks])), 2)}


def negative_style(draw: Draw, judge: Judge, concepts: Sequence[str], styles: Sequence[str]) -> dict[str, float]:
    """How often the style that the negative prompt names is not the one drawn, in per cent; half of it is chance.

    It is named alone, and with the concept ("cat, noto style" where "cat" is drawn).
    """
    figures = {}
    for name, words in (("negative_style_gone", "{s} style"), ("negative_concept_in_style_gone", "{c}, {s} style")):
        gone = []
        for style in styles:
            drawn = draw(list(concepts), SEEDS[0], negative=[words.format(c=c, s=style) for c in concepts])
            gone += [judge.verdict(x, [c], None).nearest_style != style for x, c in zip(drawn, concepts, strict=True)]
        figures[name] = share(gone)
    return figures


def negative_colour(draw: Draw, nouns: Sequence[str]) -> dict[str, float]:
    """How often a picture's main colour goes away when the negative prompt names it, in per cent, same seed."""
    before = [main_colour(x) for x in draw(list(nouns), SEEDS[0])]
    after = [main_colour(x) for x in draw(list(nouns), SEEDS[0], negative=before)]
    gone = [colour != was for was, colour in zip(before, after, strict=True) if was]
    return {"pictures_with_a_main_colour": len(gone), "negative_colour_gone": share(gone)}


def guidance(draw: Draw, judge: Judge, concepts: Sequence[str]) -> dict[str, float]:
    """Recognised without guidance, at the model's own, and at 7, in per cent."""
    figures = {}
    for scale in (1.0, 3.0, 7.0):
        drawn = draw(list(concepts), SEEDS[0], guidance_scale=scale)
        verdicts = [judge.verdict(x, [c], None).is_recognised for x, c in zip(drawn, concepts, strict=True)]
        figures[f"recognised_at_guidance_{scale:g}"] = share(verdicts)
    return figures


def figures(
    draw: Draw, judge: Judge, concepts: Sequence[str], any_colour: Sequence[str], styles: Sequence[str]
) -> dict[str, Any]:
    """All of the above, for `ASKED` concepts drawn by lot with a fixed seed and for the objects of any colour."""
    lot = np.random.default_rng(3).permutation(sorted(concepts))[:ASKED]
    asked, nouns = [str(c).lower() for c in lot], sorted(any_colour)[:ASKED]
    return {
        **seeds(draw, judge, nouns),
        **negative_style(draw, judge, asked, styles),
        **negative_colour(draw, nouns),
        **guidance(draw, judge, asked),
    }
