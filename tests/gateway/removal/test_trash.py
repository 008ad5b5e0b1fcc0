"""The trash, cut off at every move."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import NotFoundError
from gateway.removal.trash import ConflictError, Trash

NOW = datetime(2026, 1, 2, tzinfo=UTC)
NAMES = ("toy", "toy__unet", "toy__vae")


class CutOffError(Exception):
    """The process ends here."""


@pytest.fixture
def place(tmp_path) -> Path:
    for name in NAMES:
        (tmp_path / "models" / name / "1").mkdir(parents=True)
        (tmp_path / "models" / name / "1" / "file").write_text(name)
    return tmp_path / "models"


@pytest.fixture
def trash(place) -> Trash:
    state = place.parent / "state"
    return Trash(place, state / "trash", state / "lock")


def there(place) -> set[str]:
    return {path.name for path in place.iterdir()}


def delete(trash):
    return trash.delete("toy", NAMES, ("hash", 30), NOW)


def cut_off_after(monkeypatch, moves: int) -> None:
    rename, done = Path.rename, [0]

    def counted(path, target):
        if done[0] == moves:
            raise CutOffError
        done[0] += 1
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", counted)


def test_all_of_it_goes_and_comes_back(trash, place):
    entry = delete(trash)
    assert there(place) == set()
    assert trash.entries() == [entry]
    trash.restore("toy")
    assert there(place) == set(NAMES)
    assert (place / "toy__unet" / "1" / "file").read_text() == "toy__unet"
    assert trash.entries() == []


@pytest.mark.parametrize("moves", range(len(NAMES)))
def test_a_delete_that_was_cut_off_is_finished_by_the_next_act(trash, place, monkeypatch, moves):
    with monkeypatch.context() as cut:
        cut_off_after(cut, moves)
        with pytest.raises(CutOffError):
            delete(trash)
    assert ("toy" in there(place)) is (moves == 0), "what makes it be seen goes first"
    with pytest.raises(NotFoundError):
        trash.restore("another")
    assert there(place) == set()
    trash.restore("toy")
    assert there(place) == set(NAMES)


@pytest.mark.parametrize("moves", range(len(NAMES)))
def test_a_restore_that_was_cut_off_too(trash, place, monkeypatch, moves):
    delete(trash)
    with monkeypatch.context() as cut:
        cut_off_after(cut, moves)
        with pytest.raises(CutOffError):
            trash.restore("toy")
    assert "toy" not in there(place), "what makes it be seen comes last"
    with pytest.raises(NotFoundError):
        trash.restore("another")
    assert there(place) == set(NAMES)


def test_only_what_is_old_is_removed_for_good(trash, place):
    delete(trash)
    assert trash.purge_before(NOW) == 0
    assert trash.purge_before(NOW + timedelta(days=1)) == 1
    assert trash.entries() == []
    assert list((place.parent / "state" / "trash").iterdir()) == []


def test_an_installation_is_not_disturbed(trash, place):
    import fcntl

    lock = place.parent / "state" / "lock"
    lock.parent.mkdir()
    held = os.open(lock, os.O_CREAT | os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(ConflictError, match="being changed by an installation"):
        delete(trash)
    os.close(held)
    assert there(place) == set(NAMES)
