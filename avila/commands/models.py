"""`avila models`: the installed pipelines."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Declare the command and its actions."""
    parser = subparsers.add_parser("models", help="list and install pipelines")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    actions.add_parser("list", help="list the installed pipelines").set_defaults(run=run, action=_list)
    install = actions.add_parser("install", help="install a checkpoint of a known architecture; needs no torch")
    install.add_argument("checkpoint", type=Path, help="folder in diffusers' layout")
    install.add_argument("--name", help="name of the pipeline; by default the folder's")
    install.add_argument(
        "--assets", type=Path, help="folder with graphs/ and serving.json; by default the checkpoint's"
    )
    install.set_defaults(run=run, action=_install)
    configs = actions.add_parser("configs", help="write the shipped pipeline's Triton configurations anew")
    configs.add_argument("--check", action="store_true", help="only compare them with the committed ones")
    configs.set_defaults(run=run, action=_configs)


def run(args: argparse.Namespace) -> int:
    """Run one action on the model repository that the settings name."""
    from avila.terminal import complain
    from export.errors import ExportError
    from gateway.settings import SettingsError, load_settings

    try:
        return int(args.action(load_settings(), args))
    except (SettingsError, ExportError, OSError) as error:
        complain(str(error))
        return 1


def _list(settings: Any, _: argparse.Namespace) -> int:
    from avila.terminal import say
    from diffusion.pipeline import PipelineSpec

    for path in sorted(settings.model_repository.glob("*/1/pipeline.json")):
        spec = PipelineSpec.load(path)
        limits, defaults = spec.limits, spec.defaults
        say(
            f"{spec.name}  {spec.family}  {defaults.width}x{defaults.height} "
            f"(from {limits.min_size} to {limits.max_size})  {defaults.num_inference_steps} steps, {defaults.sampler}"
        )
    return 0


def _install(settings: Any, args: argparse.Namespace) -> int:
    from avila.terminal import say
    from export.repository import install_pipeline

    name = args.name or args.checkpoint.resolve().name
    spec = install_pipeline(args.checkpoint, settings.model_repository, name, assets=args.assets)
    say(f"installed {spec.name} in {settings.model_repository.absolute()}")
    return 0


def _configs(_: Any, args: argparse.Namespace) -> int:
    from avila.shipped import REPOSITORY, SHIPPED
    from avila.terminal import complain, say
    from export.checkpoint import Checkpoint
    from export.latent_rgb import LatentRgb
    from export.serving import pipeline_spec
    from export.triton_config import pipeline_configs

    no_colour = LatentRgb(((0.0, 0.0, 0.0),) * 4, (0.0, 0.0, 0.0), 0.0)  # configurations do not depend on it
    spec = pipeline_spec(Checkpoint.read(SHIPPED), SHIPPED.name, "", no_colour)
    stale = []
    for name, text in pipeline_configs(spec).items():
        path = REPOSITORY / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not args.check:
                path.write_text(text, encoding="utf-8")
    if stale and args.check:
        complain(f"not what the generator writes: {', '.join(stale)}; run `make generated`")
        return 1
    say(f"{len(stale)} written" if stale else "all as the generator writes them")
    return 0
