"""LoRAs in a request: tags in the prompt, the structured field, the wire, and a cold one that delays nobody."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diffusion.components import Component, Variant
from diffusion.errors import InvalidFieldError
from diffusion.events import Cancelled, Failed, Finished, Queued
from diffusion.loader import Loader
from diffusion.loop import EngineLoop
from diffusion.loras.library import LoraLibrary
from diffusion.loras.tags import take_loras, with_loras
from diffusion.messenger import Messenger
from diffusion.pipeline import PipelineSpec
from diffusion.request import Lora
from diffusion.wire import decode_request, encode_request
from tests.diffusion.engine_factory import Bench
from tests.fakes.grammar import check_grammar
from tests.fakes.pipeline import make_spec, make_toy_request
from tests.fakes.toy_runner import ToyRunner
from tests.loras.files import write_peft

LAYERS = {"unet": {"a.attentions.0.to_q": (4, 4)}, "text_encoder": {"encoder.layers.0.mlp.fc1": (4, 4)}}
SPEC = make_spec(lora_layers=LAYERS)


class LoraToyRunner(ToyRunner):
    """The toy networks, for which a variant is its component; counts the calls of each."""

    def run(self, component: Any, inputs: Any) -> Any:
        self.calls[component] += 1
        base = {Variant.UNET_LORA: Component.UNET, Variant.TEXT_ENCODER_LORA: Component.TEXT_ENCODER}.get(component)
        if base is None:
            return super().run(component, inputs)
        return super().run(base, {name: tensor for name, tensor in inputs.items() if not name.startswith("lora_")})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_peft(tmp_path / "both.safetensors", LAYERS, seed=1)
    write_peft(tmp_path / "picture.safetensors", {"unet": LAYERS["unet"]}, seed=2)
    write_peft(tmp_path / "text.safetensors", {"text_encoder": LAYERS["text_encoder"]}, seed=3)
    return tmp_path


class TestTags:
    @pytest.mark.parametrize(
        ("prompt", "text", "loras"),
        [
            ("an apple", "an apple", ()),
            ("an apple <lora:a:0.8>", "an apple", (Lora("a", 0.8),)),
            ("<lora:a> an apple<lora:b:-1.5>", "an apple", (Lora("a"), Lora("b", -1.5))),
            ("a <b> (c:1.2)", "a <b> (c:1.2)", ()),
        ],
    )
    def test_they_leave_the_prompt(self, prompt: str, text: str, loras: tuple[Lora, ...]) -> None:
        assert take_loras(prompt) == (text, loras)

    @pytest.mark.parametrize("prompt", ["<lora:>", "<lora:a:much>", "<lora::1>"])
    def test_a_malformed_one_says_how_it_is_written(self, prompt: str) -> None:
        with pytest.raises(InvalidFieldError) as caught:
            take_loras(prompt)
        assert (caught.value.field, "<lora:name:weight>" in caught.value.allowed) == ("prompt", True)

    def test_written_out_they_are_read_again(self) -> None:
        loras = (Lora("a", 0.8), Lora("b", -2.0))
        assert take_loras(with_loras("an apple", loras)) == ("an apple", loras)


class TestRequest:
    def test_the_field_and_the_prompt_add_up(self) -> None:
        request = make_toy_request("r", SPEC, prompt="x <lora:b:0.5>", loras=[{"name": "a", "weight": 0.25}])
        assert request.loras == (Lora("a", 0.25), Lora("b", 0.5))
        assert request.prompt == "x"

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ("a", "loras"),
            ([1], "loras[0]"),
            ([{"weight": 1.0}], "loras[0]"),
            ([{"name": "a", "strength": 1.0}], "loras[0]"),
            ([{"name": "a"}, {"name": "b", "weight": 11}], "loras[1].weight"),
            ([{"name": "a", "weight": float("nan")}], "loras[0].weight"),
            ([{"name": 7}], "loras[0].name"),
            ([{"name": "a"}] * 9, "loras"),
        ],
    )
    def test_a_wrong_one_names_its_place(self, given: Any, field: str) -> None:
        with pytest.raises(InvalidFieldError) as caught:
            make_toy_request("r", SPEC, loras=given)
        assert caught.value.field == field

    def test_a_pipeline_without_loras_says_so(self) -> None:
        with pytest.raises(InvalidFieldError, match="installed without LoRAs"):
            make_toy_request("r", loras=[{"name": "a"}])

    def test_the_wire_carries_them(self) -> None:
        request = make_toy_request("r", SPEC, loras=[{"name": "a", "weight": 0.5}])
        fields = decode_request(encode_request(request))
        assert make_toy_request("r", SPEC, **fields) == request

    def test_text_that_is_no_json_names_the_field(self) -> None:
        arrays = encode_request(make_toy_request("r", SPEC, loras=[{"name": "a"}]))
        arrays["loras"][0] = b"{"
        with pytest.raises(InvalidFieldError, match="loras"):
            decode_request(arrays)


class TestEngine:
    def bench(self, folder: Path) -> Bench:
        bench = Bench(SPEC)
        bench.runner = LoraToyRunner(SPEC, lambda *_: None)
        bench.engine._executor._runner = bench.runner
        bench.engine._executor._conditioner._runner = bench.runner
        bench.engine.loras = LoraLibrary([folder])
        return bench

    def test_each_part_runs_through_the_variant_that_its_loras_need(self, folder: Path) -> None:
        for name, used in {
            "both": {Variant.UNET_LORA, Variant.TEXT_ENCODER_LORA},
            "picture": {Variant.UNET_LORA, Component.TEXT_ENCODER},
            "text": {Component.UNET, Variant.TEXT_ENCODER_LORA},
        }.items():
            bench = self.bench(folder)
            bench.submit(make_toy_request("r", SPEC, loras=[{"name": name}]))
            bench.run()
            assert bench.types("r")[-1] == "Finished"
            assert used <= set(bench.runner.calls)
            assert not set(Variant) - used & set(bench.runner.calls), name

    def test_different_loras_share_calls_and_plain_requests_pay_nothing(self, folder: Path) -> None:
        bench = self.bench(folder)
        bench.submit(
            make_toy_request("one", SPEC, loras=[{"name": "both"}], num_inference_steps=6),
            make_toy_request("two", SPEC, loras=[{"name": "picture", "weight": 0.3}], num_inference_steps=6),
            make_toy_request("plain", SPEC, num_inference_steps=6),
        )
        bench.run()
        assert bench.runner.calls[Variant.UNET_LORA] == 6
        assert bench.runner.calls[Component.UNET] >= 6

    def test_a_set_is_released_however_its_request_ends(self, folder: Path) -> None:
        bench = self.bench(folder)
        for number in range(3):
            bench.submit(make_toy_request(f"r{number}", SPEC, loras=[{"name": "both", "weight": 0.1 * number}]))
        bench.cancel("r1")
        bench.run()
        assert bench.engine.loras._uses == {}

    def test_an_unknown_name_fails_its_request_alone(self, folder: Path) -> None:
        bench = self.bench(folder)
        bench.submit(make_toy_request("bad", SPEC, loras=[{"name": "bth"}]), make_toy_request("good", SPEC))
        bench.run()
        (event,) = bench.events["bad"]
        assert isinstance(event, Failed)
        assert event.facts["field"] == "loras[0].name"
        assert bench.types("good")[-1] == "Finished"


class SlowLibrary(LoraLibrary):
    """Reads when it is told to."""

    def __init__(self, folder: Path) -> None:
        super().__init__([folder])
        self.may_read = threading.Event()

    def load(self, loras: Any, spec: PipelineSpec) -> Any:
        self.may_read.wait(10)
        return super().load(loras, spec)


class TestCold:
    @pytest.fixture
    def running(self, folder: Path) -> Any:
        bench = Bench(SPEC)
        runner = LoraToyRunner(SPEC, lambda *_: None)
        bench.engine._executor._runner = bench.engine._executor._conditioner._runner = runner
        library = bench.engine.loras = SlowLibrary(folder)
        messenger = Messenger(time.monotonic)
        loop = EngineLoop(bench.engine, messenger, time.monotonic, Loader(library, SPEC, runner))
        loop.start()
        events: dict[str, list[Any]] = defaultdict(list)

        def submit(request: Any) -> None:
            loop.submit(request, lambda event: events[event.request_id].append(event))

        yield loop, library, submit, events
        library.may_read.set()
        loop.stop()

    def test_it_delays_nobody_else(self, running: Any) -> None:
        _, library, submit, events = running
        submit(make_toy_request("cold", SPEC, loras=[{"name": "both"}]))
        submit(make_toy_request("plain", SPEC))
        wait_for(lambda: ends(events["plain"], Finished))
        assert events["cold"] == []
        library.may_read.set()
        wait_for(lambda: ends(events["cold"], Finished))
        check_grammar(events["cold"])

    def test_cancelled_meanwhile_it_never_starts(self, running: Any) -> None:
        loop, library, submit, events = running
        submit(make_toy_request("cold", SPEC, loras=[{"name": "both"}]))
        loop.cancel("cold")
        wait_for(lambda: ends(events["cold"], Cancelled))
        assert [type(event) for event in events["cold"]] == [Queued, Cancelled]
        library.may_read.set()
        submit(make_toy_request("next", SPEC, loras=[{"name": "both"}]))
        wait_for(lambda: ends(events["next"], Finished))
        assert len(events["cold"]) == 2

    def test_a_stop_meanwhile_tells_its_client(self, running: Any) -> None:
        loop, _, submit, events = running
        submit(make_toy_request("cold", SPEC, loras=[{"name": "both"}]))
        time.sleep(0.1)
        loop.stop()
        wait_for(lambda: ends(events["cold"], Failed))
        assert events["cold"][-1].code == "shutting_down"


def ends(events: list[Any], kind: type[Any]) -> bool:
    return bool(events) and isinstance(events[-1], kind)


def wait_for(condition: Callable[[], bool], limit_s: float = 10.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.01)
