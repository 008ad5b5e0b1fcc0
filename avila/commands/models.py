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
    install.add_argument(
        "checkpoint", type=Path, nargs="?", help="folder in diffusers' layout; by default the pipeline that ships"
    )
    install.add_argument("--name", help="name of the pipeline; by default the folder's")
    install.add_argument(
        "--assets", type=Path, help="folder with graphs/ and serving.json; by default the checkpoint's"
    )
    add_controlnet_option(install)
    install.set_defaults(run=run, action=_install)
    profile = actions.add_parser(
        "profile", help="have the running Triton measure a pipeline's calls, and keep the figures beside it"
    )
    profile.add_argument("name", help="the pipeline")
    profile.add_argument("--output", type=Path, help="file to write; by default profile.json beside pipeline.json")
    profile.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS", help="600 by default")
    profile.set_defaults(run=run, action=_profile)
    configs = actions.add_parser("configs", help="write the shipped pipeline's Triton configurations anew")
    configs.add_argument("--check", action="store_true", help="only compare them with the committed ones")
    configs.set_defaults(run=run, action=_configs)


def add_controlnet_option(parser: argparse.ArgumentParser) -> None:
    """`--controlnet NAME=FOLDER`, as often as there are some."""
    parser.add_argument(
        "--controlnet",
        type=_named_folder,
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="a ControlNet in diffusers' layout to serve with the pipeline; may be repeated",
    )


def _named_folder(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=FOLDER")
    return name, Path(folder).absolute()


def run(args: argparse.Namespace) -> int:
    """Run one action on the model repository that the settings name."""
    from avila.shipped import ShippedError
    from avila.terminal import complain
    from export.errors import ExportError
    from gateway.settings import SettingsError, load_settings

    try:
        return int(args.action(load_settings(), args))
    except (SettingsError, ExportError, ShippedError, OSError) as error:
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
    from avila.shipped import SHIPPED, added_controlnets, install_shipped
    from avila.terminal import say
    from export.repository import install_pipeline

    if args.checkpoint is None:
        install_shipped(settings.model_repository, say, added_controlnets(settings.controlnet_folder, SHIPPED.name))
        return 0
    name = args.name or args.checkpoint.resolve().name
    spec = install_pipeline(
        args.checkpoint, settings.model_repository, name, assets=args.assets, controlnets=dict(args.controlnet)
    )
    say(f"installed {spec.name} in {settings.model_repository.absolute()}")
    return 0


def _profile(settings: Any, args: argparse.Namespace) -> int:
    import asyncio

    from avila.terminal import complain, say
    from diffusion.scheduling.profile import FILE, Profile
    from gateway.backend.triton.client import TritonClient, TritonError

    folder = settings.model_repository / args.name / "1"
    if args.output is None and not (folder / "pipeline.json").is_file():
        complain(f"{args.name} is not installed in {settings.model_repository}; see `avila models list`")
        return 1

    async def measured() -> Profile:
        client = TritonClient(settings.triton_grpc_url)
        try:
            return await client.measure(args.name, args.timeout)
        finally:
            await client.aclose()

    try:
        profile = asyncio.run(measured())
    except TritonError as error:
        complain(f"{error} (Triton at {settings.triton_grpc_url}; is `avila up` running?)")
        return 1
    output = args.output or folder / FILE
    output.write_text(profile.to_json(), encoding="utf-8")
    for network, costs in profile.costs.items():
        for cost in costs:
            shape = f"{cost.area} latents" if cost.area else "a chunk"
            say(f"{network}  {shape}: {cost.fixed_s * 1e3:.2f} ms + {cost.row_s * 1e3:.2f} ms a row")
    say(f"written: {output.absolute()}; used from the pipeline's next start")
    return 0


def _configs(_: Any, args: argparse.Namespace) -> int:
    from avila.shipped import REPOSITORY, SHIPPED, shipped_controlnets
    from avila.terminal import complain, say
    from diffusion.components import Component, Part
    from export.checkpoint import Checkpoint
    from export.controlnets import with_controlnets
    from export.latent_rgb import LatentRgb
    from export.repository import with_graphs
    from export.serving import pipeline_spec
    from export.triton_config import pipeline_configs

    no_colour = LatentRgb(((0.0, 0.0, 0.0),) * 4, (0.0, 0.0, 0.0), 0.0)  # configurations do not depend on it
    controlnets = shipped_controlnets()
    checkpoint = Checkpoint.read(SHIPPED, controlnets=controlnets)
    spec = pipeline_spec(checkpoint, SHIPPED.name, "", no_colour)
    graphs: dict[Part, Path] = {component: SHIPPED / "graphs" / f"{component}.onnx" for component in Component}
    spec = with_graphs(spec, graphs)
    spec = with_controlnets(spec, checkpoint, graphs[Component.UNET], dict.fromkeys(controlnets, ""))
    stale = []
    for name, text in pipeline_configs(spec).items():
        path = REPOSITORY / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not args.check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if stale and args.check:
        complain(f"not what the generator writes: {', '.join(stale)}; run `make generated`")
        return 1
    say(f"{len(stale)} written" if stale else "all as the generator writes them")
    return 0
