"""`python -m benchmarks.peers` (or `make bench-peers`): ours and each peer in turns, on the same weights."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.device.repository import SHIPPED, SOURCE, NotInstalledError, write_pipeline
from benchmarks.machine import ROOT, describe
from benchmarks.peers.measure import OURS, Comparison, Draw, Work, compare
from benchmarks.peers.process import Peer, PeerError, PeerProcess
from benchmarks.peers.report import write_report
from benchmarks.progress import Progress
from benchmarks.triton_client import GenerationClient, GenerationError
from benchmarks.triton_server import TritonStartError, triton_server

RESULTS = ROOT / "benchmarks" / "results"


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison; returns the exit status."""
    options = _parser().parse_args(arguments)
    progress, facts = Progress(), describe()
    comparisons: list[Comparison] = []
    failed: dict[str, str] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="avila-peers-") as name:
            repository = Path(name) / "models"
            repository.mkdir()
            write_pipeline(repository, options.repository, options.pipeline)
            work = _work(options, repository)
            for peer in _chosen(options, repository):
                progress.section(peer.name)
                try:
                    comparisons.append(asyncio.run(_compare(options, repository, peer, work, progress)))
                    _tell(comparisons[-1], progress)
                except (PeerError, GenerationError) as error:
                    failed[peer.name] = str(error).splitlines()[-1]
                    progress.result(f"not measured: {error}")
    except (NotInstalledError, TritonStartError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if not comparisons:
        return 2
    written = write_report(options.pipeline, work, comparisons, failed, facts, options.output)
    progress.section("written: " + ", ".join(str(path) for path in written))
    return 0


@contextmanager
def _server(options: argparse.Namespace, repository: Path, peer: Peer) -> Iterator[str]:
    """The gRPC address of the Triton that runs ours: one of its own beside each peer, or that of `--url`."""
    if options.url:
        yield options.url
    else:
        with triton_server(repository, settings=peer.ours) as server:
            yield server.grpc_url


async def _compare(
    options: argparse.Namespace, repository: Path, peer: Peer, work: Work, progress: Progress
) -> Comparison:
    with tempfile.TemporaryDirectory(prefix="avila-peer-") as folder:
        # before ours: a peer that exports first needs more memory for that than to run
        process = await PeerProcess.start(peer, Path(folder) / "log.txt")
        try:
            with _server(options, repository, peer) as url:
                async with GenerationClient(url) as client:

                    async def ours(request: dict[str, Any]) -> Any:
                        return (await client.generate(options.pipeline, request)).image

                    systems: dict[str, Draw] = {OURS: ours, peer.name: process.draw}
                    about = {**process.about, "ours": dict(peer.ours)}
                    return await compare(peer.name, about, systems, work, progress)
        finally:
            await process.stop()


def _tell(comparison: Comparison, progress: Progress) -> None:
    data = comparison.as_dict()
    progress.result(f"alone: {data['alone_median_ms']}, ratio {data['alone_peer_over_ours']['value']}")


def _work(options: argparse.Namespace, repository: Path) -> Work:
    spec = json.loads((repository / options.pipeline / "1" / "pipeline.json").read_text(encoding="utf-8"))
    defaults = spec["defaults"]
    steps = options.steps or defaults["num_inference_steps"]
    return Work(
        defaults["width"],
        defaults["height"],
        steps,
        defaults["guidance_scale"],
        options.rounds,
        options.callers,
        options.requests,
    )


def _chosen(options: argparse.Namespace, repository: Path) -> list[Peer]:
    """The peers asked for; beside a server that runs already, those for which ours needs no settings of its own."""
    return [
        peer for peer in _peers(options, repository) if peer.name in options.peers and not (options.url and peer.ours)
    ]


def _peers(options: argparse.Namespace, repository: Path) -> list[Peer]:
    checkpoint = str(options.checkpoint)
    on_torch = [checkpoint, "--device", options.device, "--dtype", options.dtype]
    graphs = [str(repository), options.pipeline]
    return [
        Peer("diffusers", "diffusers_torch.py", on_torch),
        Peer("diffusers, compiled", "diffusers_torch.py", [*on_torch, "--compile"]),
        Peer("Optimum, ONNX Runtime", "optimum_onnx.py", [checkpoint], options.optimum),
        Peer(BY_OPENVINO, "optimum_onnx.py", [checkpoint], options.optimum, OPENVINO),
        Peer("OpenVINO, float32", "openvino_loop.py", graphs, options.openvino, OPENVINO),
        Peer("OpenVINO, bfloat16", "openvino_loop.py", [*graphs, "--bf16"], options.openvino, BFLOAT16),
    ]


OPENVINO = {"AVILA_COMPONENT_RUNTIME": "openvino"}
BFLOAT16 = {**OPENVINO, "AVILA_COMPONENT_PRECISION": "bfloat16"}


BY_OPENVINO = "Optimum, ONNX Runtime (ours with OpenVINO)"  # what whoever wants the fastest lone picture sets
PEERS = (
    "diffusers", "diffusers, compiled", "Optimum, ONNX Runtime", BY_OPENVINO, "OpenVINO, float32", "OpenVINO, bfloat16",
)  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--pipeline", default=SHIPPED, help="the installed pipeline")
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "models" / SHIPPED, help="its diffusers folder")
    parser.add_argument("--repository", type=Path, default=SOURCE, help="model repository it is installed in")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), help="only these")
    parser.add_argument(
        "--url", help="gRPC address of a running Triton that has the pipeline, instead of one of its own"
    )
    parser.add_argument("--device", default="cpu", help="diffusers' device, as PyTorch names it")
    parser.add_argument("--dtype", choices=("float32", "float16", "bfloat16"), default="float32", help="diffusers'")
    parser.add_argument("--openvino", default=sys.executable, help="interpreter of the environment that has OpenVINO")
    parser.add_argument("--optimum", default=sys.executable, help="interpreter of the environment that has Optimum")
    parser.add_argument("--rounds", type=int, default=10, help="requests alone, per system")
    parser.add_argument("--callers", type=int, nargs="*", default=[4, 8], help="callers of the closed loops")
    parser.add_argument("--requests", type=int, default=4, help="requests of each caller")
    parser.add_argument("--steps", type=int, default=0, help="0: the pipeline's default")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
