from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from avila.installing import download
from avila.installing.download import Download
from avila.installing.errors import InstallationError
from gateway.installations.offer import SourceFile
from gateway.installations.places import guarded_client
from gateway.kit.addresses import AllowedPlaces
from gateway.kit.outbound import Outbound
from tests.hub.files import write_safetensors
from tests.hub.server import COMMIT, Hub, running_hub

NAME = "a.safetensors"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "FIRST_PAUSE_S", 0.0)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path / "hub") as hub:
        made = tmp_path / "made"
        write_safetensors(made / NAME, {"x": (300, 300)})
        (made / "config.json").write_text('{"a": 1}')
        hub.add("o/n", made)
        yield hub


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with guarded_client(Outbound(AllowedPlaces.of("127.0.0.1"))) as client:
        yield client


def offered(hub: Hub) -> list[SourceFile]:
    """As `gateway.installations.hub` describes them."""
    found = []
    for entry in hub.info("o/n")["siblings"]:
        url = f"{hub.url}/o/n/resolve/{COMMIT}/{entry['rfilename']}"
        file = SourceFile(entry["rfilename"], entry["size"], url=url, git_sha1=entry["blobId"])
        if "lfs" in entry:
            file = replace(file, git_sha1=None, sha256=entry["lfs"]["sha256"])
        found.append(file)
    return found


def plain(hub: Hub, **changes: object) -> SourceFile:
    data = (hub.folder / "o/n" / NAME).read_bytes()
    file = SourceFile(NAME, len(data), url=f"{hub.url}/plain/o/n/{NAME}", etag=f'"{hashlib.sha256(data).hexdigest()}"')
    return replace(file, **changes)


def fetch(files: list[SourceFile], folder: Path, client: httpx2.Client, **headers: str) -> list[tuple[str, int]]:
    folder.mkdir(exist_ok=True)
    told: list[tuple[str, int]] = []
    one = Download(files, folder, client, lambda _: headers, lambda file, done: told.append((file, done)))
    one.fetch()
    one.compare(lambda _: None)
    return told


def failure(files: list[SourceFile], folder: Path, client: httpx2.Client) -> InstallationError:
    with pytest.raises(InstallationError) as found:
        fetch(files, folder, client)
    return found.value


def same(hub: Hub, folder: Path) -> bool:
    return (folder / NAME).read_bytes() == (hub.folder / "o/n" / NAME).read_bytes()


def test_everything_is_fetched_once_and_told(hub: Hub, client: httpx2.Client, tmp_path: Path) -> None:
    files = offered(hub)
    told = fetch(files, tmp_path / "to", client)
    assert same(hub, tmp_path / "to")
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == [NAME, "config.json"]
    assert told[-1][1] == sum(file.bytes for file in files)
    before = len(hub.asked)
    fetch(files, tmp_path / "to", client)
    assert len(hub.asked) == before


def test_a_cut_connection_is_gone_on_with_where_it_was(hub: Hub, client: httpx2.Client, tmp_path: Path) -> None:
    hub.cut[NAME] = [50_000, 30_000]
    fetch(offered(hub), tmp_path / "to", client)
    assert same(hub, tmp_path / "to")
    starts = [int(wanted.removeprefix("bytes=").removesuffix("-")) for wanted in hub.ranges_of(NAME) if wanted]
    assert len(starts) == 2
    assert 0 < starts[0] <= 50_000 < starts[1] <= 80_000


def test_another_process_goes_on_with_what_is_there(hub: Hub, client: httpx2.Client, tmp_path: Path) -> None:
    part = tmp_path / "to" / f"{NAME}.part"
    part.parent.mkdir()
    part.write_bytes((hub.folder / "o/n" / NAME).read_bytes()[:70_000])
    fetch(offered(hub), tmp_path / "to", client)
    assert same(hub, tmp_path / "to")
    assert hub.ranges_of(NAME) == ["bytes=70000-"]


def test_a_server_without_ranges_sends_all_of_it_again(hub: Hub, client: httpx2.Client, tmp_path: Path) -> None:
    hub.has_ranges, hub.cut[NAME] = False, [50_000]
    fetch(offered(hub), tmp_path / "to", client)
    assert same(hub, tmp_path / "to")


@pytest.mark.parametrize("name", [NAME, "config.json"])
def test_wrong_bytes_are_found_and_removed(hub: Hub, client: httpx2.Client, tmp_path: Path, name: str) -> None:
    hub.wrong = {name}
    error = failure(offered(hub), tmp_path / "to", client)
    assert (error.code, error.may_resume) == ("checksum_mismatch", True)
    assert name in str(error)
    assert not list((tmp_path / "to").glob(f"{name}*"))
    hub.wrong = set()
    fetch(offered(hub), tmp_path / "to", client)
    assert same(hub, tmp_path / "to")


def test_a_part_that_was_changed_on_the_disk_is_found(hub: Hub, client: httpx2.Client, tmp_path: Path) -> None:
    part = tmp_path / "to" / f"{NAME}.part"
    part.parent.mkdir()
    part.write_bytes(b"x" * 1000)
    assert failure(offered(hub), tmp_path / "to", client).code == "checksum_mismatch"


def test_a_file_that_changes_meanwhile_is_said(hub: Hub, client: httpx2.Client, tmp_path: Path) -> None:
    file = plain(hub)
    part = tmp_path / "to" / f"{NAME}.part"
    part.parent.mkdir()
    part.write_bytes((hub.folder / "o/n" / NAME).read_bytes()[:1000])
    write_safetensors(hub.folder / "o/n" / NAME, {"x": (300, 300)}, seed=1)  # as large, but another one
    assert failure([file], tmp_path / "to", client).code == "source_changed"
    write_safetensors(hub.folder / "o/n" / NAME, {"x": (200, 300)})
    assert failure([replace(file, etag=None)], tmp_path / "to", client).code == "source_changed"


def test_it_is_given_up_when_nothing_comes_any_more(
    hub: Hub, client: httpx2.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "PATIENCE", 2)
    hub.cut[NAME] = [50_000, 0, 0, 0]
    error = failure(offered(hub), tmp_path / "to", client)
    assert (error.code, error.may_resume) == ("source_unreachable", True)
    assert (tmp_path / "to" / f"{NAME}.part").stat().st_size == 50_000
    hub.cut = {}
    fetch(offered(hub), tmp_path / "to", client)
    assert hub.ranges_of(NAME)[-1] == "bytes=50000-"


def test_what_is_not_there_or_not_allowed_is_said(hub: Hub, client: httpx2.Client, tmp_path: Path) -> None:
    files = offered(hub)
    hub.gated = {"o/n"}
    assert failure(files, tmp_path / "a", client).code == "source_gated"
    fetch(files, tmp_path / "a", client, authorization="Bearer hf_right")
    missing = [replace(files[0], url=f"{hub.url}/o/n/resolve/{COMMIT}/none.json")]
    hub.gated = set()
    assert failure(missing, tmp_path / "b", client).code == "source_not_found"


def test_a_redirect_to_a_private_address_is_not_followed(hub: Hub, client: httpx2.Client, tmp_path: Path) -> None:
    hub.away = "https://10.9.8.7"
    error = failure(offered(hub), tmp_path / "to", client)
    assert (error.code, error.may_resume) == ("source_refused", False)
    hub.away = "http://localhost:1"
    assert failure(offered(hub), tmp_path / "to", client).code == "source_refused"


def test_room_is_looked_for_before(
    hub: Hub, client: httpx2.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "free_disk", lambda _: 1_000_000)
    error = failure(offered(hub), tmp_path / "to", client)
    assert (error.code, error.may_resume) == ("no_room", True)
    assert not hub.asked


def test_files_of_this_machine_are_linked(hub: Hub, client: httpx2.Client, tmp_path: Path) -> None:
    source = hub.folder / "o/n" / NAME
    file = SourceFile(NAME, source.stat().st_size, local=str(source))
    fetch([file], tmp_path / "to", client)
    assert (tmp_path / "to" / NAME).samefile(source)
    assert failure([replace(file, bytes=1)], tmp_path / "other", client).code == "source_changed"
    assert failure([replace(file, local="/nowhere")], tmp_path / "third", client).code == "source_not_found"
