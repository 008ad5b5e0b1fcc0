"""AUTOMATIC1111's text of a picture's parameters: written in its order, read by its rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from diffusion.loras.tags import with_loras
from diffusion.prompt.emphasis import Emphasis
from diffusion.request import Lora
from diffusion.solvers.errors import UnknownSolverError
from diffusion.solvers.registry import SCHEDULE_LABELS, SOLVERS, resolve_sampler_name
from gateway.provenance.recipe import SOFTWARE

_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")
_NEGATIVE = "Negative prompt:"
_EMPHASES = {
    Emphasis.ORIGINAL: "Original",
    Emphasis.NO_NORM: "No norm",
    Emphasis.IGNORE: "Ignore",
    Emphasis.NONE: "None",
}
_LEAST_PAIRS = 3  # a last line with fewer is part of the prompt
MAX_CHARS = 100_000


def infotext(recipe: Mapping[str, Any]) -> str:
    """The text of a recipe."""
    schedule = SCHEDULE_LABELS.get(recipe["schedule"], recipe["schedule"])
    solver = SOLVERS.get(recipe["sampler"])
    pairs: dict[str, Any] = {
        "Steps": recipe["num_inference_steps"],
        "Sampler": solver.name if solver is not None else recipe["sampler"],
        "Schedule type": schedule,
        "CFG scale": _number(recipe["guidance_scale"]),
        "Seed": recipe["seed"],
        "Size": f"{recipe['width']}x{recipe['height']}",
        "Model hash": recipe["model_fingerprint"][:10],
        "Model": recipe["model"],
    }
    if recipe.get("variation_strength"):
        pairs["Variation seed"] = recipe.get("variation_seed")
        pairs["Variation seed strength"] = recipe["variation_strength"]
    if recipe.get("strength") is not None:
        pairs["Denoising strength"] = recipe["strength"]
    if recipe.get("clip_skip"):
        pairs["Clip skip"] = recipe["clip_skip"] + 1
    if recipe.get("emphasis", Emphasis.ORIGINAL) != Emphasis.ORIGINAL:
        pairs["Emphasis"] = _EMPHASES[Emphasis(recipe["emphasis"])]
    if hires := recipe.get("hires"):
        pairs["Hires resize"] = f"{hires['width']}x{hires['height']}"
        pairs["Hires steps"] = hires.get("num_inference_steps")
        pairs["Denoising strength"] = hires.get("strength")
    for number, control in enumerate(recipe.get("controls") or ()):
        told = {"Model": control["model"], "Weight": _number(control["weight"])}
        told |= {"Guidance Start": _number(control["start"]), "Guidance End": _number(control["end"])}
        pairs[f"ControlNet {number}"] = ", ".join(f"{name}: {value}" for name, value in told.items())
    pairs["RNG"] = "CPU"
    pairs["Version"] = SOFTWARE
    parameters = ", ".join(f"{name}: {_quoted(value)}" for name, value in pairs.items() if value is not None)
    negative = f"\n{_NEGATIVE} {recipe['negative_prompt']}" if recipe.get("negative_prompt") else ""
    prompt = with_loras(recipe["prompt"], [Lora(**lora) for lora in recipe.get("loras", ())])
    return f"{prompt}{negative}\n{parameters}"


def parse_infotext(text: str) -> dict[str, str]:
    """The text's parts by AUTOMATIC1111's names, with `Prompt` and `Negative prompt` among them."""
    *lines, last = text[:MAX_CHARS].strip().split("\n")
    pairs = _PAIR.findall(last)
    if len(pairs) < _LEAST_PAIRS:
        lines, pairs = [*lines, last], []
    prompt: list[str] = []
    negative: list[str] = []
    current = prompt
    for line in lines:
        stripped = line.strip()
        if stripped.startswith(_NEGATIVE):
            current, stripped = negative, stripped.removeprefix(_NEGATIVE).strip()
        current.append(stripped)
    found = {name.strip(): _unquoted(value.strip()) for name, value in pairs}
    return {"Prompt": "\n".join(prompt), "Negative prompt": "\n".join(negative), **found}


def recipe_from_infotext(text: str) -> dict[str, Any]:
    """The parts of a text as fields of a request; what has no counterpart or cannot be read is left out."""
    parts = parse_infotext(text)
    recipe: dict[str, Any] = {"prompt": parts["Prompt"], "negative_prompt": parts["Negative prompt"]}
    for name, (field, read) in _READERS.items():
        if name in parts and (value := _attempt(read, parts[name])) is not None:
            recipe[field] = value
    if size := _SIZE.fullmatch(parts.get("Size", "")):
        recipe["width"], recipe["height"] = int(size[1]), int(size[2])
    solver, schedule = solver_of(parts.get("Sampler", ""), parts.get("Schedule type", ""))
    return recipe | {name: value for name, value in (("sampler", solver), ("schedule", schedule)) if value}


def solver_of(sampler: str, schedule: str) -> tuple[str | None, str | None]:
    """Our keys for AUTOMATIC1111's names of a sampler and a schedule; None for what there is not."""
    try:
        solver, of_name = resolve_sampler_name(sampler)
    except UnknownSolverError:
        solver, of_name = None, None
    return solver, schedule_of(schedule) or of_name


def schedule_of(name: str) -> str | None:
    """Our key for a schedule's label or key, in any case; None for "Automatic" and for what there is not."""
    folded = name.strip().casefold()
    for key, label in SCHEDULE_LABELS.items():
        if key != "default" and folded in (key, label.casefold(), label.casefold().replace(" ", "")):
            return key
    return None


def _attempt(read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError:
        return None


def _whole(text: str) -> int:
    return int(text[:20])


def _quoted(value: Any) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(sign in text for sign in ',:"\n') else text


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text


def _emphasis(text: str) -> str:
    for emphasis, name in _EMPHASES.items():
        if text.strip().casefold() == name.casefold():
            return emphasis.value
    raise ValueError(text)


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


_READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "Steps": ("num_inference_steps", _whole),
    "CFG scale": ("guidance_scale", float),
    "Seed": ("seed", _whole),
    "Model": ("model", str),
    "Denoising strength": ("strength", float),
    "Variation seed": ("variation_seed", _whole),
    "Variation seed strength": ("variation_strength", float),
    "Emphasis": ("emphasis", _emphasis),
    "Clip skip": ("clip_skip", lambda text: max(0, int(text[:3]) - 1)),
}
