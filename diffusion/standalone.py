"""Networks that belong to no pipeline: one of a kind in a model repository serves the pictures of all of them.

`network.json` beside its graph describes one. What each kind takes and gives: `diffusion.safety`,
`diffusion.preprocessors`.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, ClassVar, Self

from diffusion.components import Component, ComponentSpec

DESCRIPTION = "network.json"
FORMAT = 1


class Standalone:
    """The description of one such network; a kind is a frozen dataclass on top of it.

    Attributes:
        COMPONENT, GROUP: which network it is, and the first part of its model's name.
        TITLE: what people call it.
        fingerprint: hash of its weights.
    """

    __slots__ = ()
    COMPONENT: ClassVar[Component]
    GROUP: ClassVar[str]
    TITLE: ClassVar[str]
    fingerprint: str

    @classmethod
    def model(cls) -> str:
        """Its name in the model repository."""
        return f"{cls.GROUP}__{cls.COMPONENT}"

    @property
    def network(self) -> ComponentSpec:
        """What its graph takes and gives."""
        raise NotImplementedError

    def to_json(self) -> str:
        """The text of `network.json`."""
        values: dict[str, Any] = dataclasses.asdict(self)  # type: ignore[call-overload]  # a kind is a dataclass
        return json.dumps({"format": FORMAT, "component": self.COMPONENT, **values}, indent=2, sort_keys=True) + "\n"

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the `network.json` at `path`; raises ValueError when it describes something else."""
        data = json.loads(path.read_text(encoding="utf-8"))
        if (data.pop("format", None), data.pop("component", None)) != (FORMAT, cls.COMPONENT):
            raise ValueError(f"{path}: not a {cls.TITLE} of format {FORMAT}; install it again")
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in data.items()})

    @classmethod
    def place(cls, repository: Path) -> Path:
        """Where its description is in a model repository that has one."""
        return repository / cls.model() / "1" / DESCRIPTION

    @classmethod
    def installed(cls, repository: Path) -> Self | None:
        """The one in a model repository, if there is one; raises ValueError as `load`."""
        path = cls.place(repository)
        return cls.load(path) if path.is_file() else None
