"""What `avila export` says: sentences for people, or one JSON object a line for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def show_download(event: Mapping[str, Any], as_json: bool) -> None:
    """What `avila.installing.hub_checkpoints` tells."""
    if as_json:
        print(json.dumps(event), flush=True)
    elif event["event"] == "found":
        size, missing = (f"{event[name] / 1e9:.2f} GB" for name in ("bytes", "bytes_missing"))
        licence = f", licence {event['licence']}" if event["licence"] else ""
        print(f"{event['source']}: {event['files']} files, {size}, {missing} to be downloaded{licence}", flush=True)
    elif event["event"] == "downloading":
        left = "" if event["left_s"] is None else f", about {event['left_s']:.0f} s left"
        print(f"{event['file']}: {event['bytes_done'] / 1e9:.2f} of {event['bytes'] / 1e9:.2f} GB{left}", flush=True)
    else:
        print(f"{event['file']}: comparing its checksum", flush=True)


def show_plan(plan: Any, profiles: Mapping[Any, int], as_json: bool) -> None:
    """What will be done (`export.plan`), and the plans that are wanted, with the number of their profiles."""
    data = plan.to_json()
    if as_json:
        print(
            json.dumps({"event": "planned", **data, "plans": {str(name): n for name, n in profiles.items()}}),
            flush=True,
        )
        return
    print(f"{data['name']} from {data['checkpoint']}, {data['precision']}, for {data['target']}")
    for step in data["steps"]:
        needs = step["done"] or f"about {step['seconds']:.0f} s, {step['memory_bytes'] / 1e9:.1f} GB of memory"
        print(f"  {step['step']:<22} {needs}")
    for network, meaning in data["left_out"].items():
        print(f"  {network:<22} {meaning}")
    if plan.open_steps:
        gigabytes, megabytes = data["memory_bytes"] / 1e9, data["disk_bytes"] / 1e6
        print(f"  in all about {data['seconds']:.0f} s, at most {gigabytes:.1f} GB, {megabytes:.0f} MB of disk")
    else:
        print("  nothing to do")
    for component, count in profiles.items():
        print(f"  plan {component:<17} {count} {'profile' if count == 1 else 'profiles'}")


def show_progress(progress: Any, as_json: bool) -> None:
    """A step's begin or end (`export.build`)."""
    if as_json:
        data = {
            "event": f"step_{progress.state}",
            "step": progress.step.title,
            "index": progress.index,
            "count": progress.count,
            "elapsed_s": round(progress.elapsed_s, 1),
            "left_s": round(progress.left_s, 1),
            "result": progress.result,
        }
        print(json.dumps(data), flush=True)
        return
    where = f"[{progress.index}/{progress.count}] {progress.step.title}"
    if progress.state == "started":
        print(f"{where} … about {progress.left_s:.0f} s left", flush=True)
    else:
        print(f"{where}: {_outcome(progress.result)} ({progress.elapsed_s:.0f} s so far)", flush=True)


def show_plan_started(plan: Any, left_s: float, as_json: bool) -> None:
    """That a plan is being built (`export.plans`), and what time all that are left may take."""
    if as_json:
        print(
            json.dumps({"event": "plan_started", "component": plan.component, "left_s": round(left_s, 1)}), flush=True
        )
    else:
        print(f"plan {plan.component} … about {left_s:.0f} s left", flush=True)


def show_plan_built(plan: Any, figures: Mapping[str, Any], as_json: bool) -> None:
    """That a plan is there; without figures it was before."""
    if as_json:
        print(
            json.dumps({"event": "plan_built", "component": plan.component, "file": str(plan.path), **figures}),
            flush=True,
        )
    else:
        how = f"built in {figures['build_s']:.0f} s" if figures else "built before"
        print(f"plan {plan.component}: {how}, {plan.path.stat().st_size / 1e6:.1f} MB, {plan.path}", flush=True)


def _outcome(result: Any) -> str:
    if not result:
        return "done"
    if "cases" in result:
        worst = max(case["max_difference"] / case["tolerance"] for case in result["cases"])
        return f"equals PyTorch, {worst:.1%} of the tolerance used, peak {result['peak_bytes'] / 1e9:.1f} GB"
    if "layers" in result:
        return f"{result['layers']} layers, {result['made_by']}, peak {result['peak_bytes'] / 1e9:.1f} GB"
    worst = max(picture["max_difference"] for picture in result["pictures"])
    if result["precision"] not in ("fp32", "bf16"):
        lowest = min(picture["psnr_db"] for picture in result["pictures"])
        return f"{len(result['pictures'])} pictures at least {lowest} dB from diffusers' in float32"
    return f"{len(result['pictures'])} pictures equal diffusers' within {worst} of 255"


def show_end(plan: Any, as_json: bool) -> None:
    """That all is done, and where the pictures are."""
    page = plan.pictures.with_suffix(".html")
    if as_json:
        print(json.dumps({"event": "finished", "name": plan.request.name, "report": str(page)}), flush=True)
    elif plan.open_steps:
        print(f"{plan.request.name}: {'installed' if plan.request.install else 'exported'}; pictures in {page}")
