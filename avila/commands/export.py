"""`avila export`: from a checkpoint to verified graphs and an installed pipeline; list, show and prune what is kept."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avila.commands.models import add_controlnet_option

ACTIONS = ("list", "show", "prune")
DESCRIPTION = """
Exports a Stable Diffusion checkpoint and installs it as a pipeline: CHECKPOINT is a folder in diffusers' layout, a
single .safetensors file, or a name at the Hugging Face hub. A checkpoint of a known architecture takes seconds and
needs no torch; a new one takes minutes and the [export] extra.

`avila export list` shows the graphs and reports that are kept, `avila export show NAME` what a pipeline was installed
from, `avila export prune` removes graphs, scales, plans, checkpoints of the hub and reports that no pipeline needs.
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to `avila`'s."""
    parser = subparsers.add_parser(
        "export",
        help="export a checkpoint and install it as a pipeline",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help=f"what to export, or one of {', '.join(ACTIONS)}")
    parser.add_argument("pipeline", nargs="?", metavar="NAME", help="of the pipeline, with `show`")
    parser.add_argument("--name", help="of the pipeline; required to export")
    parser.add_argument(
        "--target",
        default="cpu",
        choices=["cpu", "cuda", "tensorrt", "tensorrt-rtx"],
        help="cpu and cuda run the graphs with ONNX Runtime; the others also build plans",
    )
    parser.add_argument(
        "--precision", default="fp32", choices=["fp32", "fp16", "bf16", "int8", "fp8"], help="the UNet computes in"
    )
    parser.add_argument("--repository", type=Path, help="model repository (default: AVILA_MODEL_REPOSITORY)")
    parser.add_argument("--assets", type=Path, help="folder with graphs/ and serving.json (default: the checkpoint's)")
    parser.add_argument(
        "--base", help="pipeline (folder or owner/name) with the configs and tokenizer of a single file"
    )
    parser.add_argument("--vae", type=Path, help="a .safetensors file with another VAE")
    add_controlnet_option(parser)
    parser.add_argument("--verify", default="new", choices=["new", "all"], help="components to compare with PyTorch")
    parser.add_argument("--memory-limit", type=_gigabytes, metavar="GB", help="most memory of one step")
    parser.add_argument("--no-install", dest="install", action="store_false", help="only export and verify")
    parser.add_argument("--plan", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for programs")
    _add_plan_options(parser.add_argument_group("plans, with --target tensorrt or tensorrt-rtx"))
    parser.set_defaults(run=run)


def _add_plan_options(group: Any) -> None:
    group.add_argument(
        "--profile",
        type=_pixels,
        action="append",
        default=[],
        metavar="PIXELS",
        help="a profile for sizes up to this one",
    )
    group.add_argument(
        "--capability",
        type=_capability,
        action="append",
        default=[],
        metavar="X.Y",
        help="compute capability (tensorrt-rtx)",
    )
    group.add_argument("--strip", action="store_true", help="build without weights and refit them")
    group.add_argument("--refit", action="store_true", help="let weights be changed later")
    group.add_argument("--stream-weights", action="store_true", help="for GPUs smaller than the model")
    group.add_argument("--version-compatible", action="store_true", help="let later versions load the plans")
    group.add_argument(
        "--mig-profile", type=_mig_profile, metavar="PROFILE", help="for a slice of a GPU, such as 3g.71gb"
    )
    group.add_argument(
        "--hardware",
        default="none",
        choices=["none", "same_compute_capability", "ampere_plus"],
        help="other GPUs that the plans run on",
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from avila.installing.errors import InstallationError
    from export.errors import ExportError
    from gateway.settings import SettingsError

    try:
        repository = args.repository or _default_repository()
        if args.checkpoint in ACTIONS:
            return _ACTIONS[args.checkpoint](args, repository)
        return _export(args, repository)
    except (ExportError, InstallationError, SettingsError, OSError) as error:
        if args.json:
            code = {"code": error.code} if isinstance(error, InstallationError) else {}
            print(json.dumps({"event": "failed", "error": type(error).__name__, **code, "message": str(error)}))
        else:
            print(f"avila export: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        if args.json:
            print(json.dumps({"event": "stopped"}))
        else:
            print("avila export: stopped; what was finished is kept", file=sys.stderr)
        return 130


def _export(args: argparse.Namespace, repository: Path) -> int:
    from avila import export_report as report
    from export.build import run_plan
    from export.errors import ExportError
    from export.plan import ExportRequest, Verification, make_plan
    from export.plans import planned_profiles
    from export.precision import precision_for
    from export.repository import check_name
    from export.sources import folder_and_replaced
    from export.tensorrt import load_library
    from export.triton_config import Target

    if not args.name:
        raise ExportError("--name is missing: the name under which the pipeline will be served")
    if args.install:
        check_name(args.name)
    precision = precision_for(args.precision, Target(args.target))
    settings = _plan_settings(args)
    given = _given(args, repository)
    if given is None:
        return 0
    source, base, origin = given
    checkpoint, replaced = folder_and_replaced(source, base, args.vae)
    request = ExportRequest(
        checkpoint=checkpoint,
        name=args.name,
        repository=repository,
        assets=args.assets or checkpoint,
        replaced=replaced,
        controlnets=dict(args.controlnet),
        target=Target(args.target),
        precision=precision,
        verification=Verification(args.verify),
        install=args.install,
        memory_bytes=args.memory_limit,
        origin=origin,
    )
    profiles = {}
    if settings:  # said before minutes of work
        profiles = planned_profiles(request.read_checkpoint(), settings)
        load_library(settings.library)
    plan = make_plan(request)
    report.show_plan(plan, profiles, args.json)
    if args.plan:
        return 0
    run_plan(plan, lambda progress: report.show_progress(progress, args.json))
    if settings and args.install:
        _build_plans(args, repository, settings)
    report.show_end(plan, args.json)
    return 0


def _given(args: argparse.Namespace, repository: Path) -> tuple[Path, Path | None, Mapping[str, str]] | None:
    """The checkpoint and the base, fetched where they are names at the hub, and the checkpoint's origin.

    None with `--plan` where they would have to be fetched: only that is said.

    Raises:
        CheckpointError, InstallationError: before anything large is fetched, where it can be told.
    """
    from export.sources import check_weights

    source, base = args.checkpoint, args.base
    check_weights(Path(source))
    if args.vae is not None:
        check_weights(args.vae, "a VAE")
    local = Path(source), None if base is None else Path(base)
    if all(path is None or path.exists() for path in local):
        return *local, {}
    from avila import export_report as report
    from avila.installing.hub_checkpoints import HubCheckpoints
    from gateway.settings import load_settings

    hub = HubCheckpoints(load_settings(), repository, lambda event: report.show_download(event, args.json))
    at_hub = hub.find(source, base)
    for found in at_hub.values():
        report.show_download({"event": "found", **found.to_json()}, args.json)
    if args.plan and any(found.bytes_missing for found in at_hub.values()):
        return None
    for found in at_hub.values():
        hub.fetch(found)
    paths = {name: found.path for name, found in at_hub.items()}
    origin = at_hub[source].origin if source in at_hub else {}
    return paths.get(source, Path(source)), None if base is None else paths.get(base, Path(base)), origin


def _plan_settings(args: argparse.Namespace) -> Any:
    """How to build plans, or None where none are wanted.

    Raises:
        ExportError: when an option would have no effect, or the plans could not be built here; before any work.
    """
    from export.errors import ExportError
    from export.tensorrt import Hardware, Library, PlanSettings, load_library, local_capability

    if args.target not in ("tensorrt", "tensorrt-rtx"):
        if given := _given_plan_options(args):
            raise ExportError(f"{given[0]} is for plans: give --target tensorrt or tensorrt-rtx, not {args.target}")
        return None
    if not args.install:
        raise ExportError(
            f"--no-install: plans are built from the installed pipeline; leave out --target {args.target}"
        )
    if args.target == "tensorrt" and args.capability:
        raise ExportError("--capability is for --target tensorrt-rtx; full TensorRT builds for this machine's GPU")
    if args.target == "tensorrt-rtx" and args.version_compatible:
        raise ExportError(
            "--version-compatible is for --target tensorrt: TensorRT for RTX lacks the lean runtime for it"
        )
    if args.target == "tensorrt-rtx" and args.hardware != "none":
        raise ExportError("--hardware is for --target tensorrt: TensorRT for RTX builds for what --capability names")
    if not args.capability:
        load_library(Library(args.target.replace("-", "_")))
        local_capability()  # no GPU: said before minutes of work
    return PlanSettings(
        library=Library(args.target.replace("-", "_")),
        capabilities=tuple(args.capability),
        buckets=tuple(sorted(args.profile)),
        stripped=args.strip,
        refittable=args.refit,
        streaming=args.stream_weights,
        version_compatible=args.version_compatible,
        hardware=Hardware(args.hardware),
        mig_profile=args.mig_profile or "",
    )


def _given_plan_options(args: argparse.Namespace) -> list[str]:
    """The options of plans that were given."""
    given = {
        "--profile": args.profile,
        "--capability": args.capability,
        "--strip": args.strip,
        "--refit": args.refit,
        "--stream-weights": args.stream_weights,
        "--version-compatible": args.version_compatible,
        "--mig-profile": args.mig_profile,
        "--hardware": args.hardware != "none",
    }
    return [option for option, value in given.items() if value]


def _build_plans(args: argparse.Namespace, repository: Path, settings: Any) -> None:
    from avila import export_report as report
    from export.build import run_job
    from export.plans import build_wanted, install_plans, wanted_plans

    wanted = wanted_plans(repository, args.name, settings)
    left_s, pace = sum(plan.seconds for plan in wanted if not plan.is_built), 1.0
    for plan in wanted:
        figures: dict[str, Any] = {}
        if not plan.is_built:
            report.show_plan_started(plan, pace * left_s, args.json)
            figures = build_wanted(plan, settings, lambda job, title: run_job(job, title, args.memory_limit))
            left_s -= plan.seconds
            pace = (figures["parse_s"] + figures["build_s"]) / plan.seconds
        report.show_plan_built(plan, figures, args.json)
    install_plans(repository, args.name, wanted, settings)


def _list(args: argparse.Namespace, repository: Path) -> int:
    from export.store import kept_files

    files = list(kept_files(repository))
    if args.json:
        for file in files:
            print(json.dumps(file.to_json()))
        return 0
    for file in files:
        users = ", ".join(file.used_by) or "-"
        print(f"{file.kind:<8} {file.path.name:<96} {file.bytes / 1e3:8.1f} kB  used by {users}")
    if not files:
        print("nothing has been exported yet")
    return 0


def _show(args: argparse.Namespace, repository: Path) -> int:
    from dataclasses import asdict

    from export.errors import RepositoryError
    from export.repository import installed_pipelines, read_manifest

    manifest = read_manifest(repository, args.pipeline) if args.pipeline else None
    if manifest is None:
        known = ", ".join(item.name for item in installed_pipelines(repository)) or "none"
        raise RepositoryError(f"{args.pipeline or 'show without a NAME'}: installed pipelines are {known}")
    print(json.dumps(asdict(manifest), indent=None if args.json else 1))
    return 0


def _prune(args: argparse.Namespace, repository: Path) -> int:
    from export.store import prune

    removed = prune(repository)
    freed = sum(size for _, size in removed)
    if args.json:
        print(json.dumps({"event": "pruned", "files": [name for name, _ in removed], "bytes": freed}))
    else:
        print(f"{len(removed)} files removed, {freed / 1e6:.1f} MB")
    return 0


_ACTIONS = {"list": _list, "show": _show, "prune": _prune}


def _default_repository() -> Path:
    from gateway.settings import load_settings

    return load_settings().model_repository.absolute()


def _mig_profile(text: str) -> str:
    if not re.fullmatch(r"[1-7]g\.[0-9]+gb", text):
        raise argparse.ArgumentTypeError(f"{text!r}; expected slices and memory, such as 3g.71gb")
    return text


def _capability(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,2}\.[0-9]", text):
        raise argparse.ArgumentTypeError(f"{text!r}; expected a compute capability, such as 8.9")
    return text


def _pixels(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) == 0 or int(text) % 8:
        raise argparse.ArgumentTypeError(f"{text!r}; expected a side in pixels, a multiple of 8 such as 512")
    return int(text)


def _gigabytes(text: str) -> int:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text!r}; expected a number of gigabytes above 0")
    return int(value * 1e9)
