from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from export.errors import RepositoryError
from export.transaction import locked, state_folder, transaction


def install(repository: Path, content: str, names: tuple[str, ...] = ("a/1/x", "b/1/y", "c")) -> None:
    with locked(repository), transaction(repository) as staged:
        for name in names:
            staged.path(name).write_text(content)
        staged.commit()


def contents(repository: Path) -> dict[str, str]:
    return {
        path.relative_to(repository).as_posix(): path.read_text() for path in repository.rglob("*") if path.is_file()
    }


def test_without_commit_nothing_changes(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    install(repository, "old")
    with locked(repository), transaction(repository) as staged:
        staged.path("a/1/x").write_text("new")
    assert contents(repository) == {"a/1/x": "old", "b/1/y": "old", "c": "old"}
    assert list((state_folder(repository) / "staging").iterdir()) == []


def test_removed_files_go_and_leave_no_empty_folder(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    install(repository, "old")
    with locked(repository), transaction(repository) as staged:
        staged.path("c").write_text("new")
        staged.commit(removed=["a/1/x"])
    assert contents(repository) == {"b/1/y": "old", "c": "new"}
    assert not (repository / "a").exists()


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from export import transaction as t
    repository, moves = Path(sys.argv[1]), int(sys.argv[2])
    replace, done = Path.replace, []
    def counted(self, target):
        if len(done) == moves:
            os.kill(os.getpid(), signal.SIGKILL)
        done.append(self)
        return replace(self, target)
    Path.replace = counted
    if moves < 0:
        Path.rename = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
    with t.locked(repository), t.transaction(repository) as staged:
        for name in ("a/1/x", "b/1/y", "c"):
            staged.path(name).write_text("new")
        staged.commit(removed=["d"])
"""


@pytest.mark.parametrize("moves", [-1, 0, 1, 2])
def test_after_kill_9_the_next_caller_finds_all_or_nothing(tmp_path: Path, moves: int) -> None:
    repository = tmp_path / "repository"
    install(repository, "old", ("a/1/x", "b/1/y", "c", "d"))
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(repository), str(moves)]
    result = subprocess.run(command, env=os.environ | {"PYTHONPATH": "."}, check=False)
    assert result.returncode == -signal.SIGKILL
    with locked(repository):
        found = contents(repository)
    old = dict.fromkeys(("a/1/x", "b/1/y", "c", "d"), "old")
    new = dict.fromkeys(("a/1/x", "b/1/y", "c"), "new")
    assert found == (old if moves < 0 else new)
    assert list((state_folder(repository) / "staging").iterdir()) == []


def test_two_at_once_wait_for_each_other(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    names = tuple(f"model{index}/1/x" for index in range(20))
    threads = [threading.Thread(target=install, args=(repository, str(n), names)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(contents(repository).values())) == 1


def test_a_repository_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(RepositoryError, match="file"), locked(blocked / "repository"):
        pass
