"""Stage 8: the sheet of 64 prompts, judged automatically and drawn to be looked at.

Also measured: recall of every trained concept by its bare name, how the judge does on real drawings (its own ceiling),
the autoencoder's PSNR, and the time of a picture. Exits with 1 below the threshold, so that it can be a gate.
"""

import argparse
import json
import time
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

from training import autoencoder, captions, config, data, effects, grid
from training.data import Record
from training.effects import share
from training.judge import Judge, Verdict
from training.recolour import Picture

GUIDANCE, STEPS = 3.0, 20
PHRASED = 200
# Unlike phrases.toml's, as the sheet's freely phrased prompts are.
UNKNOWN_PHRASES = (
    "I would like to see {a}", "show me {a}", "my little {n}", "there is {a}", "some {n} please", "one single {n}",
    "{n} at night", "old {n} of a knight", "spooky {n}", "{n} in summer",
)  # fmt: skip
# The same for each of `sources.LANGUAGES`.
UNKNOWN_PHRASES_ABROAD = ("{n} für Oma", "{n} pour mamie", "{n} para a avó", "{n} para la abuela")


@dataclass(frozen=True)
class Prompt:
    """One line of the sheet; see `prompts.toml`."""

    text: str
    shows: tuple[str, ...]
    colour: str | None = None
    style: str | None = None
    phrasing: str = "caption"


def read_prompts(path: Path) -> list[Prompt]:
    """The sheet's prompts."""
    return [Prompt(**(row | {"shows": tuple(row["shows"])})) for row in tomllib.loads(path.read_text())["prompt"]]


def load_pipeline(folder: Path) -> StableDiffusionPipeline:
    """The packaged pipeline in float32."""
    pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, requires_safety_checker=False)
    pipeline.to(torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def generate(
    pipeline: StableDiffusionPipeline, prompts: Sequence[str], seed: int, negative: Sequence[str] = (), **options: Any
) -> Picture:
    """One picture per prompt, uint8 [N, H, W, 3]; picture k has seed + k and negative prompt k, if any."""
    settings = {"num_inference_steps": STEPS, "guidance_scale": GUIDANCE, "output_type": "np"} | options
    parts = []
    for start in range(0, len(prompts), 8):
        some = list(prompts[start : start + 8])
        unwanted = list(negative[start : start + 8]) or [""] * len(some)
        noise = [torch.Generator().manual_seed(seed + start + k) for k in range(len(some))]
        parts.append(pipeline(some, negative_prompt=unwanted, generator=noise, **settings).images)
    return np.asarray((np.concatenate(parts) * 255).round(), np.uint8)


def judge_sheet(judge: Judge, prompts: Sequence[Prompt], pictures: Picture) -> list[Verdict]:
    """A verdict per prompt."""
    return [judge.verdict(x, p.shows, p.colour) for p, x in zip(prompts, pictures, strict=True)]


def sheet_figures(prompts: Sequence[Prompt], verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Recognised pictures in per cent, overall and by phrasing, and each opinion by itself."""
    pairs = list(zip(prompts, verdicts, strict=True))
    by_phrasing = {
        f"recognised_{kind}": share([v.is_recognised for p, v in pairs if p.phrasing == kind])
        for kind in ("caption", "free", "unseen")
    }
    return {
        "recognised": _recognised(verdicts),
        **by_phrasing,
        "nearest": share([v.nearest_is_right for v in verdicts]),
        "classifier_top5": share([v.classifier_is_right for v in verdicts]),
        "style_followed": share([v.nearest_style == p.style for p, v in pairs if p.style]),
    }


def recall(
    pipeline: StableDiffusionPipeline, judge: Judge, concepts: Sequence[str], records: Sequence[Record]
) -> dict[str, float]:
    """Recognised, in per cent: every concept by its bare label, and some in phrases that no caption had, in English and
    with their everyday word in the other languages by turns."""
    names = [c.lower() for c in concepts]
    some = [str(c).lower() for c in np.random.default_rng(4).permutation(sorted(concepts))[:PHRASED]]
    words = {r.label: r.translations for r in records if r.part == data.BASE}
    english, abroad = UNKNOWN_PHRASES, UNKNOWN_PHRASES_ABROAD
    phrased = [english[k % len(english)].format(n=c, a=captions.with_article(c)) for k, c in enumerate(some)]
    foreign = [abroad[k % len(abroad)].format(n=words[c][k % len(abroad)][-1]) for k, c in enumerate(some)]
    by_label = _asked(pipeline, judge, names, names)
    return {
        "concepts": len(concepts),
        "recall_recognised": _recognised(by_label),
        "recall_classifier_top5": share([v.classifier_is_right for v in by_label]),
        f"recall_of_{len(some)}_in_unknown_phrases": _recognised(_asked(pipeline, judge, some, phrased)),
        f"recall_of_{len(some)}_in_other_languages": _recognised(_asked(pipeline, judge, some, foreign)),
    }


def _asked(
    pipeline: StableDiffusionPipeline, judge: Judge, names: Sequence[str], texts: Sequence[str]
) -> list[Verdict]:
    """The judge's opinion of the pictures of some concepts, each asked for by its text."""
    drawn = generate(pipeline, texts, seed=500)
    return [judge.verdict(x, [name], None) for x, name in zip(drawn, names, strict=True)]


def _recognised(verdicts: Sequence[Verdict]) -> float:
    """Of the verdicts, in per cent."""
    return share([v.is_recognised for v in verdicts])


def reconstruction(pipeline: StableDiffusionPipeline, pictures: Picture) -> float:
    """PSNR in dB of the autoencoder on these pictures."""
    x = autoencoder.to_tensor(pictures, torch.device("cpu"))
    with torch.no_grad():
        return round(autoencoder.psnr(pipeline.vae(x).sample, x), 2)


def seconds_per_picture(pipeline: StableDiffusionPipeline) -> float:
    """Best of three single pictures at the model's own size."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        generate(pipeline, ["red apple"], seed=0)
        times.append(time.perf_counter() - start)
    return round(min(times), 2)


def main() -> None:
    """Judge a packaged pipeline; writes sheet.png and evaluation.json into `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=config.DEFAULT)
    parser.add_argument("--model", type=Path, default=Path("models/avila-demo"))
    parser.add_argument("--out", type=Path, default=Path("training/results"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=80.0, help="per cent of the sheet that must be recognised")
    parser.add_argument("--only-sheet", action="store_true", help="neither recall nor time nor PSNR")
    parser.add_argument("--solver", choices=("ddim", "dpm++"), default="ddim")
    parser.add_argument("--steps", type=int, default=STEPS, help="of the sheet's pictures")
    args = parser.parse_args()
    cfg = config.load(args.config)
    records, pictures = data.load(cfg.work_dir)
    prompts = read_prompts(cfg.root / "prompts.toml")
    pipeline, judge = load_pipeline(args.model), Judge(records, pictures)
    if args.solver == "dpm++":
        pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)
    drawn = generate(pipeline, [p.text for p in prompts], args.seed, num_inference_steps=args.steps)
    verdicts = judge_sheet(judge, prompts, drawn)
    titles = [("" if v.is_recognised else "- ") + p.text for p, v in zip(prompts, verdicts, strict=True)]
    grid.save_grid(args.out / "sheet.png", drawn, titles)
    figures: dict[str, Any] = {"seed": args.seed, "solver": args.solver, "steps": args.steps}
    figures |= sheet_figures(prompts, verdicts)
    if not args.only_sheet:
        base = [i for i, r in enumerate(records) if r.part == data.BASE]
        real = _real(prompts, records, pictures)
        listed = data.read_concepts(cfg.root / cfg.data.concepts)
        concepts = sorted(listed.aliases)
        figures |= {
            "psnr_db": reconstruction(pipeline, pictures[base]),
            "seconds_per_picture": seconds_per_picture(pipeline),
            "threads": torch.get_num_threads(),
            "judge_on_real_drawings": sheet_figures(prompts, judge_sheet(judge, prompts, real)),
        }
        figures |= recall(pipeline, judge, concepts, records)
        draw = partial(generate, pipeline)
        figures |= effects.figures(draw, judge, concepts, sorted(listed.any_colour), list(cfg.data.base_sets))
    rows = [{"prompt": p.text, **asdict(v)} for p, v in zip(prompts, verdicts, strict=True)]
    (args.out / "evaluation.json").write_text(json.dumps({"figures": figures, "sheet": rows}, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    if figures["recognised"] < args.threshold:
        raise SystemExit(1)


def _real(prompts: Sequence[Prompt], records: Sequence[Record], pictures: Picture) -> Picture:
    """Another vendor's drawing of what each prompt asks for: what the judge says to a picture that is right."""
    chosen = []
    for p in prompts:
        wanted = {s.lower() for s in p.shows}
        fits = [i for i, r in enumerate(records) if r.concept in wanted and r.part == data.OTHER]
        chosen.append(fits[-1])
    return pictures[chosen]


if __name__ == "__main__":
    main()
