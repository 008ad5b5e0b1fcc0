"""What is told of a source before anything large is downloaded, with the real hub client against a hub on this
machine."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from export.families import FAMILIES, WEIGHTS
from gateway.installations import layouts, needs
from tests.gateway.installations.conftest import administrator
from tests.hub.files import (
    CHECKPOINT,
    EMBEDDING,
    LORA,
    write_controlnet,
    write_json,
    write_pipeline,
    write_safetensors,
    write_transformer_pipeline,
)
from tests.hub.server import COMMIT, Hub

URL = "/v1/admin/installations/previews"


async def look(admin: httpx.AsyncClient, source: str, **wishes: str) -> dict:
    answer = await admin.post(URL, json={"source": source, **wishes})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(admin: httpx.AsyncClient, source: str, **wishes: str) -> dict:
    answer = await admin.post(URL, json={"source": source, **wishes})
    assert answer.status_code == 400, answer.text
    return answer.json()


async def test_a_pipeline_of_the_hub(hub: Hub, admin: httpx.AsyncClient, tmp_path: Path) -> None:
    folder = hub.add(
        "someone/Tiny_SD", write_pipeline(tmp_path / "made"), license="openrail++", license_link="https://l"
    )
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "unet" / "diffusion_pytorch_model.fp16.safetensors").write_bytes(b"half of it")
    found = await look(admin, "someone/Tiny_SD")
    assert found["source"] == f"someone/Tiny_SD@{COMMIT}"
    assert (found["kind"], found["family"], found["suggested_name"]) == ("pipeline", "sd1", "tiny-sd")
    files = {file["path"]: file["bytes"] for file in found["files"]}
    assert set(files) == {
        "model_index.json",
        "scheduler/scheduler_config.json",
        "tokenizer/vocab.json",
        "tokenizer/merges.txt",
        "tokenizer/tokenizer_config.json",
        *(f"{name}/config.json" for name in ("unet", "vae", "text_encoder")),
        *(f"{name}/diffusion_pytorch_model.safetensors" for name in ("unet", "vae")),
        "text_encoder/model.safetensors",
    }
    assert all(size == (folder / path).stat().st_size for path, size in files.items())
    assert found["bytes_to_download"] == sum(files.values())
    assert found["licence"] == {"id": "openrail++", "name": None, "link": "https://l", "text": "Do what you like.\n"}
    assert found["fits"]
    assert found["reason"] is None
    assert not found["replaces"]
    assert not found["needs_base"]
    assert found["needs"]["disk_bytes"] > found["bytes_to_download"]
    # no weights were fetched for it
    assert not hub.ranges_of("safetensors")


async def test_what_is_not_served_of_a_pipeline_is_neither_fetched_nor_passed_over_in_silence(
    hub: Hub, admin: httpx.AsyncClient, tmp_path: Path
) -> None:
    hub.add("someone/three", write_transformer_pipeline(tmp_path / "made"))
    found = await look(admin, "someone/three")
    assert (found["kind"], found["family"], found["left_out"]) == ("pipeline", "sd3", ["text_encoder_3"])
    folders = {file["path"].partition("/")[0] for file in found["files"]}
    texts = {"text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"}
    assert folders == {"model_index.json", "scheduler", "transformer", "vae", *texts}


async def test_half_precision_is_taken_where_there_is_nothing_else(
    hub: Hub, admin: httpx.AsyncClient, tmp_path: Path
) -> None:
    folder = hub.add("someone/half", write_pipeline(tmp_path / "made", width=1024))
    unet = folder / "unet" / "diffusion_pytorch_model.safetensors"
    unet.rename(unet.with_suffix(".fp16.safetensors"))
    found = await look(admin, "someone/half")
    assert found["family"] == "sd2"
    assert "unet/diffusion_pytorch_model.fp16.safetensors" in {file["path"] for file in found["files"]}


async def test_single_files_are_told_by_what_is_in_them(hub: Hub, admin: httpx.AsyncClient, tmp_path: Path) -> None:
    made = tmp_path / "made"
    write_safetensors(made / "Kitchen Style.safetensors", LORA, **{"modelspec.license": "CC0"})
    write_safetensors(made / "word.safetensors", EMBEDDING)
    write_safetensors(made / "checkpoint.safetensors", CHECKPOINT)
    hub.add("someone/things", made)
    problem = await refused(admin, "someone/things")
    assert problem["field"] == "file"
    assert "3 .safetensors files" in problem["detail"]
    lora = await look(admin, "someone/things", file="Kitchen Style.safetensors")
    assert (lora["kind"], lora["family"], lora["suggested_name"]) == ("lora", "sd1", "kitchen-style")
    assert lora["licence"]["id"] == "CC0"
    assert [file["path"] for file in lora["files"]] == ["model.safetensors"]
    word = await look(admin, "someone/things", file="word.safetensors")
    assert (word["kind"], word["family"]) == ("embedding", "sd1")
    whole = await look(admin, "someone/things", file="checkpoint.safetensors")
    assert (whole["kind"], whole["family"], whole["needs_base"]) == ("pipeline", "sd1", True)
    hub.add("someone/base", write_pipeline(tmp_path / "base"))
    whole = await look(admin, "someone/things", file="checkpoint.safetensors", base="someone/base")
    paths = [file["path"] for file in whole["files"]]
    assert not whole["needs_base"]
    assert "unet/config.json" in paths
    assert "model.safetensors" in paths
    assert sum(path.endswith(".safetensors") for path in paths) == 1
    problem = await refused(admin, "someone/things", file="word.safetensors", kind="lora")
    assert problem["field"] == "kind"
    assert "embedding" in problem["detail"]


async def test_a_controlnet_an_address_and_a_folder(
    hub: Hub, admin: httpx.AsyncClient, tmp_path: Path, install_dir: Path
) -> None:
    hub.add("someone/edges", write_controlnet(tmp_path / "edges"))
    found = await look(admin, "someone/edges")
    assert (found["kind"], found["family"], len(found["files"])) == ("controlnet", "sd1", 2)
    write_safetensors(hub.folder / "web" / "style.safetensors", LORA)
    for hub.has_ranges in (True, False):
        found = await look(admin, f"{hub.url}/plain/web/style.safetensors?key=secret")
        assert (found["kind"], found["suggested_name"]) == ("lora", "style")
        assert found["bytes_to_download"] == (hub.folder / "web" / "style.safetensors").stat().st_size
    write_pipeline(install_dir / "mine")
    found = await look(admin, str(install_dir / "mine"))
    assert (found["kind"], found["suggested_name"]) == ("pipeline", "mine")
    assert found["licence"]["text"] == "Do what you like.\n"


async def test_nothing_but_the_opened_folder_is_read(
    admin: httpx.AsyncClient, tmp_path: Path, install_dir: Path, settings
) -> None:
    write_pipeline(tmp_path / "elsewhere")
    (install_dir / "link").symlink_to(tmp_path / "elsewhere")
    for source in (tmp_path / "elsewhere", install_dir / "link", install_dir / ".." / "elsewhere", Path("/etc/passwd")):
        problem = await refused(admin, str(source))
        assert problem["code"] == "source_refused"
        assert "only what lies below" in problem["detail"]
    assert (await refused(admin, str(install_dir / "nothing")))["code"] == "source_not_found"
    # a link out of the folder, inside of a pipeline
    unet = write_pipeline(install_dir / "mine") / "unet" / "diffusion_pytorch_model.safetensors"
    unet.unlink()
    unet.symlink_to(tmp_path / "elsewhere" / "unet" / "diffusion_pytorch_model.safetensors")
    assert "is missing there" in (await refused(admin, str(install_dir / "mine")))["detail"]


async def test_no_folder_is_open_by_default(settings, tmp_path: Path) -> None:
    async with administrator(settings.model_copy(update={"install_dir": None})) as admin:
        assert "AVILA_INSTALL_DIR" in (await refused(admin, str(tmp_path)))["detail"]


async def test_gated_private_and_missing_repositories(hub: Hub, settings, tmp_path: Path) -> None:
    hub.add("someone/gated", write_pipeline(tmp_path / "made"))
    hub.add("someone/private", write_pipeline(tmp_path / "made"))
    hub.gated, hub.private = {"someone/gated"}, {"someone/private"}
    async with administrator(settings) as admin:
        problem = await refused(admin, "someone/gated")
        assert problem["code"] == "source_gated"
        assert "AVILA_HUB_TOKEN" in problem["detail"]
        for source in ("someone/private", "someone/none", "someone/gated@v9"):
            assert (await refused(admin, source))["code"] in ("source_not_found", "source_gated")
    async with administrator(settings.model_copy(update={"hub_token": _Secret("hf_right")})) as admin:
        assert (await look(admin, "someone/gated"))["kind"] == "pipeline"
        assert (await look(admin, "someone/private"))["kind"] == "pipeline"
        assert (await refused(admin, "someone/gated@v9"))["code"] == "source_not_found"


def _Secret(text: str):  # noqa: N802
    from pydantic import SecretStr

    return SecretStr(text)


async def test_the_token_goes_to_the_hub_alone(hub: Hub, settings, tmp_path: Path) -> None:
    made = tmp_path / "made"
    write_safetensors(made / "a.safetensors", LORA)
    hub.add("someone/lora", made)
    hub.private = {"someone/lora"}
    hub.away = hub.url.replace("127.0.0.1", "localhost") + "/storage"
    settings = settings.model_copy(update={"hub_token": _Secret("hf_right"), "outbound_allow": "127.0.0.1,localhost"})
    async with administrator(settings) as admin:
        assert (await look(admin, "someone/lora"))["kind"] == "lora"
    tokens = {path.split("/")[1]: token for _, path, _, token in hub.asked}
    assert tokens["someone"] == tokens["api"] == "Bearer hf_right"
    assert tokens["storage"] is None


async def test_private_addresses_are_not_reached_at_any_hop(hub: Hub, settings, tmp_path: Path) -> None:
    made = tmp_path / "made"
    write_safetensors(made / "a.safetensors", LORA)
    hub.add("someone/lora", made)
    hub.away = "https://127.0.0.2:1/x"  # of the hub, only 127.0.0.1 is allowed
    async with administrator(settings.model_copy(update={"outbound_allow": "127.0.0.1/32"})) as admin:
        problem = await refused(admin, "someone/lora")
        assert problem["code"] == "source_refused"
        assert "not public" in problem["detail"]
        assert "not public" in (await refused(admin, "https://10.1.2.3/a.safetensors"))["detail"]
        assert "without TLS" in (await refused(admin, "http://example.org/a.safetensors"))["detail"]
        hub.away = "http://example.org"  # nor by a redirect
        assert "without TLS" in (await refused(admin, "someone/lora"))["detail"]
    secure = {"outbound_allow": "", "hub_endpoint": hub.url.replace("http:", "https:")}
    async with administrator(settings.model_copy(update=secure)) as admin:
        assert "not public" in (await refused(admin, "someone/lora"))["detail"]


async def test_what_cannot_be_taken_is_said(hub: Hub, admin: httpx.AsyncClient, tmp_path: Path) -> None:
    made = write_pipeline(tmp_path / "flux", "FluxPipeline")
    hub.add("someone/flux", made)
    assert "FluxPipeline; served are" in (await refused(admin, "someone/flux"))["detail"]
    pickled = hub.add("someone/pickled", write_pipeline(tmp_path / "pickled"))
    unet = pickled / "unet" / "diffusion_pytorch_model.safetensors"
    unet.rename(unet.with_suffix(".bin"))
    assert (await refused(admin, "someone/pickled"))["code"] == "source_pickled"
    sharded = hub.add("someone/sharded", write_pipeline(tmp_path / "sharded"))
    (sharded / "unet" / "diffusion_pytorch_model.safetensors").rename(sharded / "unet" / "x")
    write_json(sharded / "unet" / "diffusion_pytorch_model.safetensors.index.json")
    assert "several shards" in (await refused(admin, "someone/sharded"))["detail"]
    odd = tmp_path / "odd"
    (odd / "a").mkdir(parents=True)
    (odd / "a" / "pickle.safetensors").write_bytes(b"PK\x03\x04 a zip of pickles, whatever it is called")
    (odd / "a" / "cut.safetensors").write_bytes(b"\xff" * 40)
    (odd / "a" / "old.ckpt").write_bytes(b"a pickle")
    write_safetensors(odd / "a" / "other.safetensors", {"x": (2, 2, 2), "y": (2,)})
    write_safetensors(odd / "a" / "short.safetensors", LORA)
    short = odd / "a" / "short.safetensors"
    short.write_bytes(short.read_bytes()[:-1])
    hub.add("someone/odd", odd)
    for file, code, text in (
        ("a/pickle.safetensors", "source_pickled", "pickle"),
        ("a/old.ckpt", "source_pickled", "pickle"),
        ("a/cut.safetensors", "source_refused", "no safetensors file"),
        ("a/other.safetensors", "source_refused", "no kind that is known"),
        ("a/short.safetensors", "source_refused", "describes"),
        ("../../etc/passwd", "source_not_found", "there is no"),
    ):
        problem = await refused(admin, "someone/odd", file=file)
        assert problem["code"] == code, file
        assert text in problem["detail"], file
    for source in ("nonsense", "a/b/c", "ftp://x/y", "owner/name@../../x"):
        assert (await refused(admin, source))["code"] == "source_refused"
    assert (await refused(admin, f"{hub.url}/plain/none.safetensors"))["code"] == "source_not_found"


async def test_a_hub_that_is_away(settings) -> None:
    async with administrator(settings.model_copy(update={"hub_endpoint": "http://127.0.0.1:9"})) as admin:
        assert (await refused(admin, "someone/tiny"))["code"] == "source_unreachable"


async def test_what_does_not_fit_is_said_with_the_figures(
    hub: Hub, admin: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("someone/tiny", write_pipeline(tmp_path / "made"))
    monkeypatch.setattr(needs, "free_disk", lambda _: 1_000_000)
    found = await look(admin, "someone/tiny")
    assert not found["fits"]
    assert found["reason"] == "it needs 0.05 GB of disk, and 0.00 GB are free"
    body = {"source": "someone/tiny", "kind": "pipeline", "name": "tiny", "accept_licence": True}
    answer = await admin.post("/v1/admin/installations", json=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "no_room"
    monkeypatch.undo()
    monkeypatch.setattr(needs, "free_memory", lambda: 1_000_000)
    found = await look(admin, "someone/tiny")
    assert not found["fits"]
    assert "memory" in found["reason"]


async def test_it_can_be_switched_off(settings, hub: Hub) -> None:
    async with administrator(settings.model_copy(update={"install_models": False})) as admin:
        answer = await admin.post(URL, json={"source": "someone/tiny"})
        assert answer.status_code == 403
        assert "AVILA_INSTALL_MODELS" in answer.json()["detail"]


def test_the_files_and_families_are_those_that_the_exporter_reads() -> None:
    """This package may not import the exporter; both must mean the same."""
    assert {**layouts.WEIGHTS, "controlnet": layouts.CONTROLNET_WEIGHTS} == WEIGHTS
    assert set(layouts.FAMILIES) == {name for family in FAMILIES for name in family.pipelines}
    assert {family.name: tuple(family.left_out) for family in FAMILIES if family.left_out} == layouts.LEFT_OUT
    for family in FAMILIES:
        assert all(layouts.FAMILIES[name] in (family.name, "sdxl") for name in family.pipelines)
