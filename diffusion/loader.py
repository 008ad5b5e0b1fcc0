"""Does beside the engine what a request needs before it can run: a slow one delays only the request that asks for it.

LoRAs are read and seldom used networks opened on one thread, masks prepared on another, so that neither waits for the
other.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from diffusion.components import ComponentSpec, ControlNet, Network, Variant, smallest_inputs
from diffusion.loras.library import LoraLibrary
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from diffusion.runner import Runner
from diffusion.source import Source, make_source
from diffusion.variants import CONTROL_VARIANTS, network_specs

MAX_LOADING = 64
"""Requests that may wait for their LoRAs, networks and masks; one more is refused."""


class Done(Protocol):
    """Told that a request is prepared, with its source if one was made, or why it did not work."""

    def __call__(self, error: Exception | None, source: Source | None = None) -> None:
        """On the thread that did it."""
        ...


class Loader:
    """Reads sets into the library, wakes networks up and makes sources.

    Args:
        library: where the sets are kept.
        spec: the pipeline.
        runner: reaches the networks; the first call of a variant or ControlNet, which opens it, is made here.
    """

    def __init__(self, library: LoraLibrary, spec: PipelineSpec, runner: Runner) -> None:
        self._library = library
        self._spec = spec
        self._runner = runner
        self._asleep: dict[Network, ComponentSpec] = {
            network: found for network, found in network_specs(spec).items() if found.is_seldom_used
        }
        self._loads = _Worker("diffusion-loader")
        self._masks = _Worker("diffusion-masks")

    def is_needed(self, request: GenerationRequest) -> bool:
        """Whether `prepare` has anything to do. Raises what `LoraLibrary.is_cold` raises."""
        return self._is_cold(request) or is_masked(request)

    def prepare(self, request: GenerationRequest, done: Done) -> None:
        """Read the request's LoRAs, open its networks, prepare its mask; `done` is called on another thread."""
        worker = self._loads if self._is_cold(request) else self._masks
        worker.order(lambda: self._prepare(request, done))

    def _is_cold(self, request: GenerationRequest) -> bool:
        is_cold = bool(request.loras) and self._library.is_cold(request.loras)
        return is_cold or any(network in self._asleep for network in seldom_used(request))

    def _prepare(self, request: GenerationRequest, done: Done) -> None:
        try:
            if request.loras:
                self._library.load(request.loras, self._spec)
            self._wake(seldom_used(request))
            source = make_source(request, self._spec.latent.pixels) if is_masked(request) else None
        except Exception as error:  # noqa: BLE001 whatever it is, its own request is told
            done(error)
        else:
            done(None, source)

    def _wake(self, networks: list[Network]) -> None:
        for network in networks:
            asleep = self._asleep.get(network)
            if asleep is not None:
                self._runner.run(network, smallest_inputs(asleep))
                self._asleep.pop(network, None)


class _Worker:
    """A thread for orders, started by the first one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def order(self, work: Callable[[], None]) -> None:
        """Called on one thread only."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._main, name=self._name, daemon=True)
            self._thread.start()
        self._orders.put(work)

    def _main(self) -> None:
        while True:
            self._orders.get()()


def is_masked(request: GenerationRequest) -> bool:
    """Whether only a part of a picture is painted."""
    return request.image is not None and (request.mask is not None or request.outpaint is not None)


def seldom_used(request: GenerationRequest) -> list[Network]:
    """The networks that the request may need and most do without."""
    found: list[Network] = [ControlNet.named(control.model) for control in request.controls]
    if request.loras:
        found += [Variant.TEXT_ENCODER_LORA, Variant.UNET_LORA]
    if request.controls:
        found += [variant for variant in CONTROL_VARIANTS if request.loras or variant is Variant.UNET_CONTROL]
    return found
