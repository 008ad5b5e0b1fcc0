"""A load scenario, read from TOML and checked. docs/benchmarks.md shows every key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class ScenarioError(Exception):
    """The file says something that is not a scenario; the message names the key, what it holds and what is allowed."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go. `kind` is "http" (OpenAI's images API) or "grpc" (Triton's orchestrator)."""

    kind: str
    url: str
    model: str
    timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Ask:
    """What requests ask for; lists are drawn from evenly.

    Attributes:
        stream: ask for events (HTTP); previews count as the first event.
        cancel_share: share of the requests whose caller gives up `cancel_after_s` after they were due.
    """

    steps: tuple[int, ...] = (20,)
    sizes: tuple[str, ...] = ()
    guidance: tuple[float, ...] = ()
    prompts: tuple[str, ...] = ("a red apple", "two green pears", "a yellow lemon on a table", "a bunch of grapes")
    stream: bool = True
    cancel_share: float = 0.0
    cancel_after_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of load; phases follow one another.

    Attributes:
        kind: "poisson" (`rate` per second for `duration_s`), "burst" (`count` at once, then the rest of `duration_s`),
            "closed" (`callers` who each wait for their answer, for `duration_s`), or "trace" (the file `path`).
        user: all requests of the phase are this user's; without it users take turns.
    """

    kind: str
    duration_s: float = 30.0
    rate: float = 0.0
    count: int = 0
    callers: int = 0
    path: str = ""
    user: str = ""


NEEDS: Mapping[str, tuple[str, ...]] = {
    "poisson": ("rate", "duration_s"),
    "burst": ("count", "duration_s"),
    "closed": ("callers", "duration_s"),
    "trace": ("path",),
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole run. `warm_up_s`: what is due earlier is sent, and left out of the figures."""

    name: str
    target: Target
    ask: Ask
    phases: tuple[Phase, ...]
    users: int = 4
    seed: int = 1
    warm_up_s: float = 0.0
    source: Path = field(default_factory=Path)


def load_scenario(path: Path, **target: str | None) -> Scenario:
    """Read a scenario; `target` overrides values of its `[target]` table.

    Raises:
        ScenarioError: the file is missing, is not TOML, or holds a key or a value that means nothing.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path}: not TOML: {error}") from error
    try:
        given = {key: value for key, value in target.items() if value is not None}
        return _scenario(data, given, path)
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from None


def _scenario(data: dict[str, Any], target: Mapping[str, str], path: Path) -> Scenario:
    phases = data.pop("phase", [])
    if not isinstance(phases, list) or not phases:
        raise ScenarioError("phase: nothing given; expected one [[phase]] table or more")
    scenario = Scenario(
        target=_checked_target(_build(Target, "target", {**data.pop("target", {}), **target})),
        ask=_checked_ask(_build(Ask, "ask", data.pop("ask", {}))),
        phases=tuple(_checked_phase(_build(Phase, f"phase {i + 1}", each)) for i, each in enumerate(phases)),
        source=path,
        **_known(Scenario, "scenario", {"name": path.stem, **data}),
    )
    _require(1 <= scenario.users <= 10_000, "users", scenario.users, "1 to 10000")
    _require(scenario.warm_up_s >= 0, "warm_up_s", scenario.warm_up_s, "0 or more")
    return scenario


def _build(cls: type[T], table: str, values: Any) -> T:
    if not isinstance(values, dict):
        raise ScenarioError(f"{table}: {values!r} is not allowed; expected a table")
    known = _known(cls, table, values)
    try:
        return cls(**known)
    except TypeError:
        missing = [f.name for f in fields(cls) if f.name not in known]  # type: ignore[arg-type]
        raise ScenarioError(f"{table}: one of these is missing: {', '.join(missing)}") from None


def _known(cls: type[Any], table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as `cls` holds them: lists become tuples; each value must be of its field's type."""
    types = {f.name: str(f.type) for f in fields(cls)}
    result = {}
    for key, value in values.items():
        if key not in types:
            raise ScenarioError(f"{table}.{key} means nothing; known are {', '.join(types)}")
        result[key] = _typed(f"{table}.{key}", value, types[key])
    return result


def _typed(key: str, value: Any, kind: str) -> Any:
    if kind.startswith("tuple"):
        inner = kind.removeprefix("tuple[").partition(",")[0]
        if not isinstance(value, list) or not value:
            raise ScenarioError(f"{key}: {value!r} is not allowed; expected a list with something in it")
        return tuple(_typed(key, each, inner) for each in value)
    given = type(value).__name__
    if kind == "float" and given in ("int", "float"):
        return float(value)
    if given != kind:
        raise ScenarioError(f"{key}: {value!r} is not allowed; expected a value of type {kind}")
    return value


def _checked_target(target: Target) -> Target:
    _require(target.kind in ("http", "grpc"), "target.kind", target.kind, '"http" or "grpc"')
    _require(target.timeout_s > 0, "target.timeout_s", target.timeout_s, "above 0")
    return target


def _checked_ask(ask: Ask) -> Ask:
    _require(all(1 <= steps <= 1000 for steps in ask.steps), "ask.steps", ask.steps, "1 to 1000 each")
    _require(0 <= ask.cancel_share <= 1, "ask.cancel_share", ask.cancel_share, "0 to 1")
    for size in ask.sizes:
        _require(all(part.isdecimal() for part in size.split("x", 1)) and "x" in size, "ask.sizes", size, '"512x512"')
    return ask


def _checked_phase(phase: Phase) -> Phase:
    _require(phase.kind in NEEDS, "phase.kind", phase.kind, f"one of {', '.join(NEEDS)}")
    for name in NEEDS[phase.kind]:
        value = getattr(phase, name)
        _require(bool(value) and (isinstance(value, str) or value > 0), f"phase.{name}", value, "above 0")
    return phase


def _require(holds: bool, key: str, given: object, allowed: str) -> None:
    if not holds:
        raise ScenarioError(f"{key}: {given!r} is not allowed; expected {allowed}")
