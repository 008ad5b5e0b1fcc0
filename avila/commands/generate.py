"""`avila generate`: a picture of a prompt, from the running service."""

from __future__ import annotations

import argparse
from typing import Any

FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


def add_parser(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("generate", help="make a picture of a prompt")
    parser.add_argument("prompt", help="what to draw")
    parser.add_argument("-o", "--output", default="image.png", help="file to write; .png, .jpg or .webp (%(default)s)")
    parser.add_argument("--model", help="name of the pipeline")
    parser.add_argument("--size", help="WIDTHxHEIGHT in pixels")
    parser.add_argument("-n", type=int, default=1, help="number of pictures (%(default)s)")
    parser.add_argument("--steps", type=int, dest="num_inference_steps", help="number of denoising steps")
    parser.add_argument("--guidance", type=float, dest="guidance_scale", help="how strongly to follow the prompt")
    parser.add_argument("--seed", type=int, help="the same seed makes the same picture")
    parser.add_argument("--negative", dest="negative_prompt", help="what to avoid")
    parser.add_argument("--sampler", help="the solver, such as euler or dpmpp_2m")
    parser.add_argument("--schedule", help="the solver's noise schedule, such as karras")
    parser.add_argument("--url", help="address of the service; by default the one of AVILA_HOST and AVILA_PORT")
    parser.add_argument("--key", help="API key; by default that of AVILA_API_KEY")
    parser.set_defaults(run=run)


FIELDS = (
    "prompt",
    "model",
    "size",
    "n",
    "num_inference_steps",
    "guidance_scale",
    "seed",
    "negative_prompt",
    "sampler",
    "schedule",
)


def run(args: argparse.Namespace) -> int:
    """Ask, show the progress, write the files. Ctrl-C cancels the request on the server and gives 130."""
    from contextlib import closing
    from pathlib import Path

    from avila.images_client import GenerationError, generate
    from avila.terminal import complain
    from gateway.settings import SettingsError

    output = Path(args.output)
    problem = _problem_of(output)
    if problem:
        complain(problem)
        return 1
    body = {name: value for name in FIELDS if (value := getattr(args, name)) is not None}
    body["output_format"] = FORMATS[output.suffix.lower()]
    try:
        address, key = _address_and_key(args)
        with closing(generate(address, key, body)) as events:
            return _receive(events, output, args.n)
    except (GenerationError, SettingsError, OSError) as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        complain("cancelled")
        return 130


def _receive(events: Any, output: Any, num_images: int) -> int:
    import sys

    from avila.images_client import Progress
    from avila.progress import ProgressBar
    from avila.terminal import complain, say

    bar = ProgressBar(sys.stderr, num_images)
    received = 0
    try:
        for event in events:
            if isinstance(event, Progress):
                bar.advance(event.image, event.step, event.num_steps)
                continue
            bar.clear()
            path = _path_of(output, event.image, num_images)
            path.write_bytes(event.data)
            seed = "" if event.seed is None else f" (seed {event.seed})"
            say(f"{path}{seed}")
            received += 1
    finally:
        bar.clear()
    if received < num_images:
        complain(f"{received} of {num_images} pictures came")
        return 1
    return 0


def _path_of(output: Any, image: int, num_images: int) -> Any:
    """`apple.png` for one picture; `apple-1.png`, `apple-2.png` … for several."""
    return output if num_images == 1 else output.with_stem(f"{output.stem}-{image + 1}")


def _problem_of(output: Any) -> str:
    if output.suffix.lower() not in FORMATS:
        return f"--output: {output} is not allowed; expected a name that ends in {', '.join(FORMATS)}"
    if not output.absolute().parent.is_dir():
        return f"--output: the folder {output.absolute().parent} does not exist"
    return ""


def _address_and_key(args: argparse.Namespace) -> tuple[str, str]:
    from gateway.settings import load_settings

    settings = load_settings()
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    return args.url or settings.address, args.key or key
