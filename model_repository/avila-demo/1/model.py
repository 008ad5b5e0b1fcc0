"""The orchestrator of a pipeline: lifecycle only. Every decision is in `diffusion`; the calls of the networks in `bls`.

The same bytes serve every pipeline. `execute` only hands over; the engine's own thread answers through the response
sender, so requests of all callers share the steps.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils

from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.errors import ShuttingDownError
from diffusion.events import Event, failed, is_terminal
from diffusion.pipeline import PipelineSpec
from diffusion.probe import ProbedRunner, report
from diffusion.scheduling.profile import FILE as PROFILE
from diffusion.scheduling.profile import Profile
from diffusion.variants import network_specs
from diffusion.wire import decode_request, encode_event

from .bls import BlsRunner
from .metrics import EngineMetrics

FINAL = pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL
MAX_QUEUE = "AVILA_MAX_QUEUE"  # these three are set by `avila up`
EMBEDDING_DIR, LORA_DIRS = "AVILA_EMBEDDING_DIR", "AVILA_LORA_DIRS"


class TritonPythonModel:
    """Loaded once by Triton's python backend."""

    def initialize(self, args: dict[str, str]) -> None:
        """Assemble the engine from the files beside this one and start its thread."""
        folder = Path(args["model_repository"], args["model_version"])
        if not (folder / "pipeline.json").is_file():
            raise pb_utils.TritonModelException(f"{folder} has no pipeline.json: the pipeline is not installed")
        self.spec = PipelineSpec.load(folder / "pipeline.json")
        networks = network_specs(self.spec)
        self.runner = ProbedRunner(BlsRunner(self.spec.name, networks), networks, time.monotonic)
        self.metrics = EngineMetrics(self.spec.name)
        self.in_flight: dict[object, str] = {}  # by response sender: a client may send the same id twice
        self.loop = make_loop(
            self.spec,
            Files(folder / "tokenizer.json", folders_in(EMBEDDING_DIR), folders_in(LORA_DIRS), folder / PROFILE),
            self.runner,
            max_waiting=int(os.environ.get(MAX_QUEUE, "256")),
            clock=time.monotonic,
            on_batch=self.metrics.batch_done,
        )
        self.loop.start()

    def execute(self, requests: list[Any]) -> None:
        """Hand every request to the engine. An exception must not leave this method: its client would wait for ever."""
        for request in requests:
            sender = request.get_response_sender()
            request_id = request.request_id() or uuid.uuid4().hex
            try:
                self.accept(request, request_id, sender)
            except Exception as error:  # noqa: BLE001 whatever it is, the client gets an answer
                pb_utils.Logger.log_warn(f"request {request_id} {trace_of(request)} was refused: {error!r}")
                reply(sender, failed(request_id, error))

    def accept(self, request: Any, request_id: str, sender: Any) -> None:
        """Decode and submit; raises the core's errors for what is out of bounds."""
        fields = decode_request({tensor.name(): tensor.as_numpy() for tensor in request.inputs()})
        if fields.pop("probe", False):
            if not self.loop.call(lambda: self.answer_probe(sender)):
                raise ShuttingDownError
            return
        if fields.pop("measure", False):
            if not self.loop.measure(lambda profile: self.answer_measurement(sender, profile)):
                raise ShuttingDownError
            return
        generation = make_request(self.spec, request_id=request_id, **{"prompt": None, **fields})
        self.in_flight[sender] = request_id
        self.loop.submit(generation, self.metrics.counted(self.listener(sender)), sender.is_cancelled)

    def answer_probe(self, sender: Any) -> None:
        """On the engine's thread, between two steps."""
        text = report(self.runner, self.spec, tuple(self.in_flight.values())).to_json()
        sender.send(pb_utils.InferenceResponse([text_tensor(text)]), flags=FINAL)

    def answer_measurement(self, sender: Any, profile: Profile | None) -> None:
        """On the engine's thread: the profile, or nothing where it came to nothing."""
        text = "" if profile is None else profile.to_json()
        sender.send(pb_utils.InferenceResponse([text_tensor(text)]), flags=FINAL)

    def listener(self, sender: Any) -> Callable[[Event], None]:
        """Sends a request's events to its client, on the messenger's thread."""

        def listen(event: Event) -> None:
            if is_terminal(event):
                self.in_flight.pop(sender, None)
            reply(sender, event)

        return listen

    def finalize(self) -> None:
        """End what runs with `shutting_down`, so that every client gets its last event."""
        self.loop.stop()


def folders_in(variable: str) -> list[Path]:
    """The folders that the environment names."""
    return [Path(folder) for folder in os.environ.get(variable, "").split(os.pathsep) if folder]


def trace_of(request: Any) -> str:
    """The W3C trace context that the caller sent along, for the log."""
    parameters = json.loads(request.parameters() or "{}")
    return f"traceparent={parameters.get('traceparent', '-')}"


def reply(sender: Any, event: Event) -> None:
    """Send one event; the last one with the flag that releases the request."""
    text, pixels = encode_event(event)
    tensors = [text_tensor(text)]
    if pixels is not None:
        tensors.append(pb_utils.Tensor("image", pixels))
    sender.send(pb_utils.InferenceResponse(tensors), flags=FINAL if is_terminal(event) else 0)


def text_tensor(text: str) -> Any:
    """The `event` output."""
    return pb_utils.Tensor("event", np.array([text.encode()], dtype=np.object_))
