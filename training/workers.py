"""Several one-thread processes that train the same model and average their weights every few steps.

On a shared CPU this beats one process with several threads: a thread that loses its core stalls every OpenMP barrier of
the others, while processes meet only at the averagings. On CUDA there is one process and nothing to average.
"""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn

# glibc gives memory back after every step otherwise, and the kernel zeroes it again: a fifth of the time
MALLOC = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "17179869184"}


@dataclass(frozen=True)
class Worker:
    """This process's place among its peers."""

    rank: int = 0
    world: int = 1

    @property
    def is_first(self) -> bool:
        """The first worker keeps the average, reports and draws."""
        return self.rank == 0

    def agree(self, *flags: bool) -> list[bool]:
        """The first worker's flags, on every worker."""
        told = torch.tensor([float(flag) for flag in flags])
        if self.world > 1:
            dist.broadcast(told, 0)
        return [bool(flag) for flag in told.tolist()]

    def average(self, model: nn.Module) -> None:
        """Set every worker's parameters to their mean."""
        if self.world == 1:
            return
        with torch.no_grad():
            parameters = list(model.parameters())
            flat = torch.cat([p.reshape(-1) for p in parameters])
            dist.all_reduce(flat)
            flat /= self.world
            start = 0
            for p in parameters:
                p.copy_(flat[start : start + p.numel()].view_as(p))
                start += p.numel()

    def wait(self) -> None:
        """Meet the other workers."""
        if self.world > 1:
            dist.barrier()


def join(device: torch.device) -> Worker:
    """This process's worker, from the environment that `launch` made."""
    worker = Worker(int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))
    if device.type == "cpu":
        torch.set_num_threads(1)
    if worker.world > 1:
        dist.init_process_group("gloo", rank=worker.rank, world_size=worker.world)
    return worker


def launch(count: int) -> int:
    """Run this very command `count` times as peers; returns the exit status. One worker needs no launch."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    peers = []
    for rank in range(count):
        place = {"RANK": str(rank), "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        env = os.environ | MALLOC | {"OMP_NUM_THREADS": "1"} | place
        peers.append(subprocess.Popen([sys.executable, "-m", *_module_and_arguments()], env=env))

    def stop(*_: object) -> None:
        for peer in peers:
            peer.terminate()

    signal.signal(signal.SIGTERM, stop)  # the peers save and end, then so does this process
    try:
        return max(abs(peer.wait()) for peer in peers)
    finally:
        stop()


def _module_and_arguments() -> list[str]:
    spec = sys.modules["__main__"].__spec__
    if spec is None:
        raise RuntimeError("a training stage runs as `python -m training.<stage>`")
    return [spec.name, *sys.argv[1:]]


def pick_device(name: str) -> torch.device:
    """`auto` is CUDA where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
