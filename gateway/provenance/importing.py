"""The recipe of a picture, whoever made it: ours, AUTOMATIC1111's, InvokeAI's, ComfyUI's, Fooocus' or SwarmUI's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.provenance.infotext import recipe_from_infotext, solver_of
from gateway.provenance.reading import Texts
from gateway.provenance.recipe import FIELDS, FORMAT, KEYWORD
from gateway.provenance.xmp import recipe_in

MAX_HOPS = 20
_PAIR = re.compile(r"\(?\s*([0-9]{1,5})\s*[,x×*]\s*([0-9]{1,5})\s*\)?")
_NUMBERS: Mapping[str, type] = {
    "width": int,
    "height": int,
    "seed": int,
    "num_inference_steps": int,
    "guidance_scale": float,
    "strength": float,
}
_COMFY = {
    "euler_ancestral": "euler_a",
    "uni_pc_bh2": "unipc",
    "uni_pc": "unipc",
    "dpm_2": "dpm2",
    "dpm_2_ancestral": "dpm2_a",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """A recipe in our fields, and whose form it had. Fields without a counterpart are left out."""

    source: str
    recipe: dict[str, Any]


def imported(found: Texts) -> Imported | None:
    """The recipe that a picture's texts hold, or None."""
    for read in (_ours, _invoke, _comfy, _swarm_or_fooocus, _a1111):
        try:
            if (result := read(found)) is not None:
                return result
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            continue  # somebody's text that only looks like it
    return None


def _ours(found: Texts) -> Imported | None:
    data = _json(found.texts.get(KEYWORD) or recipe_in(found.xmp))
    if data is None or data.get("format") != FORMAT:
        return None
    known = {name: data[name] for name in (*FIELDS, "model", "model_fingerprint", "seed") if name in data}
    return Imported("avila", known)


def _a1111(found: Texts) -> Imported | None:
    text = found.infotext
    return None if not text else Imported("automatic1111", recipe_from_infotext(text))


def _invoke(found: Texts) -> Imported | None:
    data = _json(found.texts.get("invokeai_metadata"))
    if data is None:
        return None
    model = data.get("model") or {}
    loras = [{"name": str(lora["model"]["name"]), "weight": float(lora["weight"])} for lora in data.get("loras") or []]
    return Imported(
        "invokeai",
        _tidy(
            {
                "prompt": data.get("positive_prompt"),
                "negative_prompt": data.get("negative_prompt"),
                "num_inference_steps": data.get("steps"),
                "guidance_scale": data.get("cfg_scale"),
                "seed": data.get("seed"),
                "width": data.get("width"),
                "height": data.get("height"),
                "strength": data.get("strength"),
                "model": model.get("name") or model.get("model_name"),
                "loras": loras or None,
            },
            str(data.get("scheduler", "")),
        ),
    )


def _comfy(found: Texts) -> Imported | None:
    graph = _json(found.texts.get("prompt"))
    if graph is None:
        return None
    sampler = next((node for node in graph.values() if "KSampler" in node.get("class_type", "")), None)
    if sampler is None:
        return None
    inputs = sampler["inputs"]
    latent = _node(graph, inputs.get("latent_image"))
    model, loras = _comfy_model(graph, inputs.get("model"))
    strength = inputs.get("denoise")
    return Imported(
        "comfyui",
        _tidy(
            {
                "prompt": _comfy_text(graph, inputs.get("positive")),
                "negative_prompt": _comfy_text(graph, inputs.get("negative")),
                "num_inference_steps": inputs.get("steps"),
                "guidance_scale": inputs.get("cfg"),
                "seed": inputs.get("seed", inputs.get("noise_seed")),
                "width": latent.get("width"),
                "height": latent.get("height"),
                "strength": strength if isinstance(strength, float) and strength < 1 else None,
                "model": model,
                "loras": loras or None,
            },
            str(inputs.get("sampler_name", "")),
            str(inputs.get("scheduler", "")),
        ),
    )


def _comfy_text(graph: Mapping[str, Any], link: Any) -> str | None:
    """The words behind a conditioning, through the nodes that only pass it on."""
    for _ in range(MAX_HOPS):
        inputs = _node(graph, link)
        text = inputs.get("text")
        if isinstance(text, str):
            return text
        link = text if text is not None else inputs.get("conditioning", inputs.get("positive"))
        if "string" in inputs:
            return str(inputs["string"])
    return None


def _comfy_model(graph: Mapping[str, Any], link: Any) -> tuple[str | None, list[dict[str, Any]]]:
    loras: list[dict[str, Any]] = []
    for _ in range(MAX_HOPS):
        inputs = _node(graph, link)
        if "lora_name" in inputs:
            loras.append({"name": _stem(inputs["lora_name"]), "weight": float(inputs.get("strength_model", 1.0))})
        name = inputs.get("ckpt_name", inputs.get("unet_name"))
        if name is not None:
            return _stem(name), loras[::-1]
        link = inputs.get("model")
    return None, loras[::-1]


def _node(graph: Mapping[str, Any], link: Any) -> Mapping[str, Any]:
    if not isinstance(link, list) or not link:
        return {}
    inputs = graph.get(str(link[0]), {}).get("inputs", {})
    return inputs if isinstance(inputs, dict) else {}


def _swarm_or_fooocus(found: Texts) -> Imported | None:
    data = _json(found.infotext)
    if data is None:
        return None
    if "sui_image_params" in data:
        fields, names = data["sui_image_params"], ("negativeprompt", "cfgscale", "model")
        source, size = "swarmui", None
    else:
        fields, names = data, ("negative_prompt", "guidance_scale", "base_model")
        source, size = "fooocus", _PAIR.search(str(data.get("resolution", "")))
    loras = [
        {"name": _stem(lora[0]), "weight": float(lora[1])}
        for lora in fields.get("loras") or []
        if isinstance(lora, list) and len(lora) >= 2
    ]
    recipe = _tidy(
        {
            "prompt": fields.get("prompt"),
            "negative_prompt": fields.get(names[0]),
            "num_inference_steps": fields.get("steps"),
            "guidance_scale": fields.get(names[1]),
            "seed": fields.get("seed"),
            "width": int(size[1]) if size else fields.get("width"),
            "height": int(size[2]) if size else fields.get("height"),
            "model": _stem(fields[names[2]]) if names[2] in fields else None,
            "loras": loras or None,
        },
        str(fields.get("sampler", "")),
        str(fields.get("scheduler", "")),
    )
    return Imported(source, recipe) if "prompt" in recipe else None


def _tidy(fields: Mapping[str, Any], sampler: str, schedule: str = "") -> dict[str, Any]:
    """What is there, in our types and names; `sampler` may carry its schedule as InvokeAI's `_k` does."""
    recipe: dict[str, Any] = {}
    for name, value in fields.items():
        if value is None:
            continue
        recipe[name] = _NUMBERS[name](value) if name in _NUMBERS else value
    karras = sampler.endswith("_k")
    bare = sampler.removesuffix("_k").removesuffix("_gpu")
    solver, found = solver_of(_COMFY.get(bare, bare), "karras" if karras else schedule)
    return recipe | {name: value for name, value in (("sampler", solver), ("schedule", found)) if value}


def _json(text: str | None) -> dict[str, Any] | None:
    if not text or not text.lstrip().startswith("{"):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _stem(name: Any) -> str:
    """A file's name without folder and ending."""
    last = re.split(r"[\\/]", str(name))[-1]
    return re.sub(r"\.(safetensors|ckpt|pt)$", "", last)
