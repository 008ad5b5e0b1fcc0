#!/usr/bin/env python3
"""`avila-model-store`: copies between an S3 bucket and the folder of the models, for pods without a shared volume.

    avila-model-store pull [--without-weights | --with-state] s3://BUCKET/PREFIX FOLDER
    avila-model-store push [--all] s3://BUCKET/PREFIX FOLDER

The bucket mirrors the folder: `repository/` is what Triton serves, `loras/` and `embeddings/` what requests may
name (a gateway lists them), names that begin with a dot are the exporter's state (graphs and plans it has built).
A pull without options takes what is served and removes here what is gone there. A push puts large files first and
the descriptions that name them last, and refuses to overwrite a description that somebody else changed since the
pull (exit status 3): pull again, and what was built before is found again.

Credentials and address come from the usual AWS_… variables. Needs obstore and the standard library.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError
from obstore.store import S3Store

WEIGHTS = (".safetensors", ".plan", ".onnx", ".data", ".bin")
DESCRIPTIONS = (".pbtxt", ".json", ".txt", ".py")
RECORD = ".pulled.json"
ADAPTERS = ("loras/", "embeddings/")
LOCAL_ONLY = (RECORD, "/staging/", "/lock")
TRANSFERS = 8
CHANGED, FAILED = 3, 1

Record = dict[str, dict[str, Any]]


class ChangedMeanwhileError(Exception):
    """A description in the bucket is not the one that was pulled."""


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    try:
        print(arguments.work(arguments))
    except ChangedMeanwhileError as error:
        print(f"avila-model-store: {error}", file=sys.stderr)
        return CHANGED
    except (BaseError, OSError, ValueError) as error:
        print(f"avila-model-store: {error}", file=sys.stderr)
        return FAILED
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="avila-model-store", description="Copy models between a bucket and a folder.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    pull_parser = commands.add_parser("pull", help="from the bucket into the folder")
    what = pull_parser.add_mutually_exclusive_group()
    what.add_argument(
        "--without-weights", action="store_true", help="descriptions, LoRAs and embeddings, for a gateway"
    )
    what.add_argument("--with-state", action="store_true", help="the exporter's state too, for a plan builder")
    pull_parser.set_defaults(work=pull)
    push_parser = commands.add_parser("push", help="from the folder into the bucket")
    told = "whatever was pulled or pushed before: to fill an empty bucket from a back-up"
    push_parser.add_argument("--all", action="store_true", help=told)
    push_parser.set_defaults(work=push)
    for command in (pull_parser, push_parser):
        command.add_argument("bucket", type=_bucket, help="s3://BUCKET or s3://BUCKET/PREFIX")
        command.add_argument("folder", type=Path)
    return parser


def pull(arguments: argparse.Namespace) -> str:
    """Make the folder equal to the bucket; what is here already is not fetched again."""
    store, folder = open_store(arguments.bucket), arguments.folder
    known, record, wanted = _read_record(folder), {}, []
    for entry in _entries(store):
        name = entry["path"]
        if not _is_wanted(name, arguments):
            continue
        record[name] = {"e_tag": entry["e_tag"], "size": entry["size"]}
        path = _local(folder, name)
        is_here = path.is_file() and path.stat().st_size == entry["size"]
        if not is_here or known.get(name, {}).get("e_tag") != entry["e_tag"]:
            wanted.append(name)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        list(pool.map(lambda name: _fetch(store, name, _local(folder, name)), wanted))
    gone = [name for name in known.keys() - record.keys() if _is_wanted(name, arguments)]
    for name in gone:
        _local(folder, name).unlink(missing_ok=True)
    for name, entry in record.items():
        entry["mtime_ns"] = _local(folder, name).stat().st_mtime_ns
    _write_record(folder, record)
    return f"pulled {len(wanted)} of {len(record)} files, removed {len(gone)}"


def push(arguments: argparse.Namespace) -> str:
    """Put what was added or changed here; large files first.

    Raises:
        ChangedMeanwhileError: see there.
    """
    store, folder = open_store(arguments.bucket), arguments.folder
    record = {} if arguments.all else _read_record(folder)
    changed = [name for name in _local_names(folder) if _has_changed(folder, name, record)]
    large = [name for name in changed if not name.endswith(DESCRIPTIONS)]
    with ThreadPoolExecutor(TRANSFERS) as pool:
        list(pool.map(lambda name: _put(store, folder, name, record, checked=False), large))
    for name in sorted(changed, key=_order):
        if name not in large:
            _put(store, folder, name, record, checked=not name.startswith("."))
    _write_record(folder, record)
    return f"pushed {len(changed)} files"


def open_store(address: str) -> Any:
    """The bucket at s3://BUCKET/PREFIX."""
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    return S3Store(bucket, prefix=prefix or None, client_options={"allow_http": endpoint.startswith("http://")})


def _bucket(text: str) -> str:
    if not text.startswith("s3://") or len(text.removeprefix("s3://").partition("/")[0]) < 3:
        raise argparse.ArgumentTypeError(f"{text!r}; expected s3://BUCKET/PREFIX")
    return text.rstrip("/")


def _entries(store: Any) -> list[Any]:
    return [entry for page in obstore.list(store) for entry in page]


def _is_wanted(name: str, arguments: argparse.Namespace) -> bool:
    if name.startswith("."):
        return bool(arguments.with_state)
    return not (arguments.without_weights and name.endswith(WEIGHTS) and not name.startswith(ADAPTERS))


def _local(folder: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"the bucket holds {name!r}, which is no name of a file below the folder")
    return folder / path


def _fetch(store: Any, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    with draft.open("wb") as file:
        for part in obstore.get(store, name).stream():
            file.write(part)
    draft.replace(target)  # never half a file under its name


def _put(store: Any, folder: Path, name: str, record: Record, *, checked: bool) -> None:
    path = folder / name
    e_tag = record.get(name, {}).get("e_tag")
    if checked:
        _refuse_if_changed(store, name, e_tag)
    try:
        if checked:
            mode: Any = {"e_tag": e_tag} if e_tag else "create"
            result = obstore.put(store, name, path.read_bytes(), mode=mode)
        else:
            with path.open("rb") as file:
                result = obstore.put(store, name, file)
    except (AlreadyExistsError, PreconditionError) as error:
        raise ChangedMeanwhileError(f"{name} was changed in the bucket since it was pulled") from error
    stat = path.stat()
    record[name] = {"e_tag": result["e_tag"], "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _refuse_if_changed(store: Any, name: str, e_tag: str | None) -> None:
    """For stores that ignore a condition of a put."""
    try:
        there = obstore.head(store, name)["e_tag"]
    except (NotFoundError, FileNotFoundError):
        there = None
    if there != e_tag:
        raise ChangedMeanwhileError(f"{name} was changed in the bucket since it was pulled")


def _order(name: str) -> tuple[bool, bool, str]:
    """A model's code and description before its configuration, and the manifest of the whole last."""
    return name.endswith("manifest.json"), name.endswith(".pbtxt"), name


def _local_names(folder: Path) -> list[str]:
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return [name for name in names if not any(mark in f"/{name}" for mark in LOCAL_ONLY) and "__pycache__" not in name]


def _has_changed(folder: Path, name: str, record: Record) -> bool:
    stat, known = (folder / name).stat(), record.get(name, {})
    return (known.get("size"), known.get("mtime_ns")) != (stat.st_size, stat.st_mtime_ns)


def _read_record(folder: Path) -> Record:
    try:
        found: Record = json.loads((folder / RECORD).read_text())
    except (OSError, ValueError):
        return {}
    return found


def _write_record(folder: Path, record: Record) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).write_text(json.dumps(record))


if __name__ == "__main__":
    sys.exit(main())
