import subprocess
import sys
import textwrap

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch

from training import checkpoint, loop
from training.checkpoint import Average
from training.workers import Worker


class Toy(loop.Trainee):
    """A linear map with all kinds of state: Adam, average, both generators, a position of its own."""

    samples_per_step = 4

    def __init__(self, stop_after=None):
        torch.manual_seed(0)
        self.model = torch.nn.Linear(3, 2)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.01)
        self.average = Average(self.model, 0.9)
        self.stop_after, self.run, self.calls = stop_after, None, 0

    def step(self, rng, progress):
        x = torch.from_numpy(rng.normal(size=(4, 3))).float() + torch.randn(4, 3)
        loss = (self.model(x) - progress).square().mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.calls += 1
        if self.calls == self.stop_after:
            self.run.asked_to_stop = True
        return {"loss": loss.item()}

    def position(self):
        return {"calls": self.calls}

    def go_to(self, position):
        self.calls = position["calls"]


def train(folder, stop_after=None, samples=96):
    toy = Toy(stop_after)
    plan = loop.Plan("toy", folder, samples, seed=3, checkpoint_s=1e9, report_s=1e9, average_every=2)
    toy.run = loop.Run(plan, toy, Worker())
    toy.run.go()
    return toy


def state(toy):
    return [p.detach().clone() for p in toy.model.parameters()] + toy.average.values


class TestRun:
    def test_stopped_and_resumed_is_the_same_as_never_stopped(self, tmp_path):
        straight = train(tmp_path / "straight")
        train(tmp_path / "broken", stop_after=9)
        train(tmp_path / "broken", stop_after=14)
        resumed = train(tmp_path / "broken")
        assert resumed.calls == straight.calls == 24
        assert all(torch.equal(a, b) for a, b in zip(state(straight), state(resumed), strict=True))
        assert resumed.run.rng.random() == straight.run.rng.random()

    def test_a_finished_run_trains_no_further(self, tmp_path):
        first = train(tmp_path)
        again = train(tmp_path)
        assert again.calls == first.calls
        assert torch.equal(state(again)[0], state(first)[0])

    def test_metrics_are_written(self, tmp_path):
        train(tmp_path)
        lines = (tmp_path / "metrics.csv").read_text().splitlines()
        assert lines[0] == "seconds,samples,per_second,loss"
        assert lines[-1].split(",")[1] == "96"


class TestCheckpoint:
    def test_a_checkpoint_cut_short_by_a_kill_is_ignored(self, tmp_path):
        checkpoint.save(tmp_path, 8, Worker(), {"step": 8})
        half = tmp_path / "step-00000016"
        half.mkdir()
        torch.save({}, half / "0-of-2.pt")
        (half / "1-of-2.tmp").write_bytes(b"cut")
        assert checkpoint.latest(tmp_path).name == "step-00000008"

    def test_the_older_one_goes_only_after_the_new_one_is_whole(self, tmp_path):
        for step in (1, 2):
            checkpoint.save(tmp_path, step, Worker(), {"step": step})
        assert [p.name for p in tmp_path.iterdir()] == ["step-00000002"]
        assert checkpoint.read(checkpoint.latest(tmp_path), Worker())["step"] == 2

    def test_nothing_to_resume(self, tmp_path):
        assert checkpoint.latest(tmp_path) is None


class TestAverage:
    def test_two_swaps_give_the_parameters_back(self):
        model = torch.nn.Linear(2, 2)
        average = Average(model, 0.5)
        with torch.no_grad():
            model.weight.add_(1)
        average.update(model)
        before = model.weight.detach().clone()
        average.swap(model)
        assert not torch.equal(model.weight, before)
        average.swap(model)
        assert torch.allclose(model.weight, before)


def test_two_processes_end_with_the_mean_of_their_weights(tmp_path):
    script = tmp_path / "peers.py"
    script.write_text(
        textwrap.dedent("""
        import os, subprocess, sys, torch
        from training import workers
        if "RANK" not in os.environ:
            os.environ.update(WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=sys.argv[1])
            peers = [subprocess.Popen([sys.executable, *sys.argv], env=os.environ | {"RANK": str(r)}) for r in (0, 1)]
            sys.exit(max(p.wait() for p in peers))
        worker = workers.join(torch.device("cpu"))
        model = torch.nn.Linear(1, 1)
        torch.nn.init.constant_(model.weight, 1.0 + worker.rank)
        worker.average(model)
        assert model.weight.item() == 1.5
        assert worker.agree(worker.is_first, False) == [True, False]
        worker.wait()
        torch.distributed.destroy_process_group()
        """)
    )
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = subprocess.run(
        [sys.executable, str(script), str(port)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_cosine_ends_at_its_final_share():
    assert [loop.cosine(x, 0.05) for x in (0.0, 1.0, 2.0)] == pytest.approx([1.0, 0.05, 0.05])
    assert np.all(np.diff([loop.cosine(x) for x in np.linspace(0, 1, 9)]) < 0)
