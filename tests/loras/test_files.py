"""What is refused, and that each way of writing a LoRA's names finds its layers."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from diffusion.errors import InvalidFieldError, QueueFullError
from diffusion.loras.factors import pack_rows, read_set
from diffusion.loras.file import LoraFileError, read_header
from diffusion.loras.keys import factors_of
from diffusion.loras.library import LoraLibrary
from diffusion.request import Lora
from tests.fakes.pipeline import make_spec
from tests.loras.files import write_kohya, write_peft

LAYERS = {
    "unet": {"a.attentions.0.attn1.to_out.0": (4, 5), "a.attentions.0.attn1.to_q": (4, 6)},
    "text_encoder": {"encoder.layers.0.mlp.fc1": (3, 7)},
}
Q = "a.attentions.0.attn1.to_q"
OLD = "unet.a.attentions.0.attn1.processor.to_q_lora"
KOHYA = "lora_unet_a_attentions_0_attn1_to_q"
SPEC = make_spec(lora_layers=LAYERS)


def write(path: Path, **tensors: tuple[int, ...]) -> Path:
    save_file({name: np.ones(shape, np.float32) for name, shape in tensors.items()}, path)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(LoraFileError) as caught:
        factors_of(read_header(path), LAYERS)
    return str(caught.value)


@pytest.mark.parametrize(
    ("down", "up"),
    [
        (f"unet.{Q}.lora_A.weight", f"unet.{Q}.lora_B.weight"),
        (f"base_model.model.unet.{Q}.lora_A.default.weight", f"base_model.model.unet.{Q}.lora_B.default.weight"),
        (f"unet.{Q}.lora.down.weight", f"unet.{Q}.lora.up.weight"),
        (f"{OLD}.down.weight", f"{OLD}.up.weight"),
        (f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight"),
    ],
)
def test_every_spelling_finds_its_layer(tmp_path: Path, down: str, up: str) -> None:
    path = write(tmp_path / "x.safetensors", **{down: (2, 4), up: (6, 2)})
    assert list(factors_of(read_header(path), LAYERS)) == [("unet", Q)]


@pytest.mark.parametrize("prefix", ["text_encoder.text_model.", "text_encoder."])
def test_the_text_encoder_may_be_written_with_or_without_its_inner_name(tmp_path: Path, prefix: str) -> None:
    name = f"{prefix}encoder.layers.0.mlp.fc1"
    path = write(tmp_path / "x.safetensors", **{f"{name}.lora_A.weight": (2, 3), f"{name}.lora_B.weight": (7, 2)})
    assert list(factors_of(read_header(path), LAYERS)) == [("text_encoder", "encoder.layers.0.mlp.fc1")]


def test_the_product_of_the_factors_is_what_the_files_say(tmp_path: Path) -> None:
    write_peft(tmp_path / "one.safetensors", LAYERS, rank=2, seed=1)
    write_kohya(tmp_path / "two.safetensors", {"unet": LAYERS["unet"]}, rank=4, seed=2, alpha=1.0)
    found = LoraLibrary([tmp_path]).load([Lora("one", 0.5), Lora("two", -2.0)], SPEC).components["unet"]
    assert found.rank == 6
    one, two = read_header(tmp_path / "one.safetensors"), read_header(tmp_path / "two.safetensors")
    down, up = one.read([f"unet.{Q}.lora_A.weight", f"unet.{Q}.lora_B.weight"]).values()
    low, high = two.read([f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight"]).values()
    expected = 0.5 * up @ down - 2.0 * (1.0 / 4) * high @ low
    np.testing.assert_allclose((found.down[4:8] @ found.up[:, 5:11]).T, expected, atol=1e-6)


def test_rows_with_the_same_set_carry_it_once(tmp_path: Path) -> None:
    write_peft(tmp_path / "one.safetensors", LAYERS, rank=2)
    write_peft(tmp_path / "two.safetensors", LAYERS, rank=5)
    library = LoraLibrary([tmp_path])
    one, two = (library.load([Lora(name)], SPEC).components["unet"] for name in ("one", "two"))
    packed = pack_rows([one, two, one])
    assert packed["lora_down"].shape == (2, 8, 5)
    assert packed["lora_set"].tolist() == [0, 1, 0]
    assert not packed["lora_down"][0, :, 2:].any()


def test_bfloat16_is_read(tmp_path: Path) -> None:
    data = (np.arange(8, dtype=np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes()
    header = json.dumps({"x": {"dtype": "BF16", "shape": [8], "data_offsets": [0, 16]}}).encode()
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)
    assert read_header(path).read(["x"])["x"].tolist() == list(range(8))


class TestRefusal:
    def test_another_shape_names_the_tensor(self, tmp_path: Path) -> None:
        name = f"unet.{Q}.lora_A.weight"
        text = refusal(write(tmp_path / "x.safetensors", **{name: (2, 9), f"unet.{Q}.lora_B.weight": (6, 2)}))
        assert name in text
        assert "[2, 9], expected [2, 4]" in text

    def test_a_layer_that_is_not_there_names_the_tensor(self, tmp_path: Path) -> None:
        text = refusal(write(tmp_path / "x.safetensors", **{"unet.b.to_q.lora_A.weight": (2, 4)}))
        assert "unet.b.to_q.lora_A.weight: fits no layer" in text

    def test_half_a_product_names_the_other_half(self, tmp_path: Path) -> None:
        assert "counterpart" in refusal(write(tmp_path / "x.safetensors", **{f"unet.{Q}.lora_A.weight": (2, 4)}))

    @pytest.mark.parametrize("ending", ["hada_w1_a", "lokr_w1", "dora_scale"])
    def test_other_kinds_are_named(self, tmp_path: Path, ending: str) -> None:
        assert "not served" in refusal(write(tmp_path / "x.safetensors", **{f"lora_unet_x.{ending}": (2, 4)}))

    @pytest.mark.parametrize(
        "content", [b"", b"PK\x03\x04 a pickle", struct.pack("<Q", 1 << 60), struct.pack("<Q", 2) + b"[]", b"\xff" * 64]
    )
    def test_what_is_no_safetensors_file(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "x.safetensors").write_bytes(content)
        refusal(tmp_path / "x.safetensors")

    def test_a_file_that_is_cut_off(self, tmp_path: Path) -> None:
        path = write_peft(tmp_path / "x.safetensors", LAYERS)
        path.write_bytes(path.read_bytes()[:-20])
        assert "incomplete" in refusal(path)

    def test_values_that_are_not_finite_name_the_tensor(self, tmp_path: Path) -> None:
        down, up = np.full((1, 4), np.nan, np.float32), np.ones((6, 1), np.float32)
        save_file({f"unet.{Q}.lora_A.weight": down, f"unet.{Q}.lora_B.weight": up}, tmp_path / "x.safetensors")
        with pytest.raises(LoraFileError, match=r"to_q\.lora_A\.weight: holds values that are not finite"):
            read_set(LoraLibrary([tmp_path]).key([Lora("x")]), SPEC)

    def test_an_unknown_name_says_the_near_ones(self, tmp_path: Path) -> None:
        write_peft(tmp_path / "lineart.safetensors", LAYERS)
        with pytest.raises(InvalidFieldError) as caught:
            LoraLibrary([tmp_path]).check_names([Lora("linart")])
        assert caught.value.field == "loras[0].name"
        assert "lineart" in caught.value.allowed

    @pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", ""])
    def test_a_path_is_no_name(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "loras").mkdir()
        write_peft(tmp_path / "secret.safetensors", LAYERS)
        with pytest.raises(InvalidFieldError):
            LoraLibrary([tmp_path / "loras"]).check_names([Lora(name)])

    def test_ranks_above_the_limit(self, tmp_path: Path) -> None:
        write_peft(tmp_path / "x.safetensors", LAYERS, rank=200)
        with pytest.raises(InvalidFieldError, match="add up to 400, at most 256"):
            LoraLibrary([tmp_path]).load([Lora("x"), Lora("x", 0.5)], SPEC)


class TestMemory:
    def test_what_was_used_longest_ago_goes_first(self, tmp_path: Path) -> None:
        for name in "abc":
            write_peft(tmp_path / f"{name}.safetensors", LAYERS)
        one = LoraLibrary([tmp_path]).load([Lora("a")], SPEC).num_bytes
        library = LoraLibrary([tmp_path], max_bytes=2 * one)
        for name in ("a", "b", "a", "c"):
            library.load([Lora(name)], SPEC)
        assert library.cached_bytes == 2 * one
        assert [library.is_cold([Lora(name)]) for name in "abc"] == [False, True, False]

    def test_what_requests_hold_stays_and_one_too_many_is_refused(self, tmp_path: Path) -> None:
        for name in "ab":
            write_peft(tmp_path / f"{name}.safetensors", LAYERS)
        one = LoraLibrary([tmp_path]).load([Lora("a")], SPEC).num_bytes
        library = LoraLibrary([tmp_path], max_bytes=one)
        held = library.hold([Lora("a")], SPEC)
        with pytest.raises(QueueFullError):
            library.load([Lora("b")], SPEC)
        library.release(held)
        library.load([Lora("b")], SPEC)
        assert library.is_cold([Lora("a")])

    def test_a_changed_file_is_read_again(self, tmp_path: Path) -> None:
        write_peft(tmp_path / "a.safetensors", LAYERS, rank=2)
        library = LoraLibrary([tmp_path])
        library.load([Lora("a")], SPEC)
        write_peft(tmp_path / "a.safetensors", LAYERS, rank=3)
        assert library.load([Lora("a")], SPEC).components["unet"].rank == 3
