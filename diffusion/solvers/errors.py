"""What is wrong with a request for a solver.

SolverError(ValueError)             `given`, `allowed`, `near`
├── UnknownSolverError              no solver of that name
├── UnsupportedScheduleError        no schedule of that name, or this solver cannot run on it
├── UnsupportedPredictionError      this solver cannot run a network with that kind of output
├── InvalidSolverOptionError        number of steps, start or eta outside its range
└── NoiseScheduleError              a field of the checkpoint's scheduler_config.json
"""

import difflib
from collections.abc import Iterable


class SolverError(ValueError):
    """Base of the solver errors.

    Attributes:
        given: what was asked for, as text.
        allowed: the names (or, in words, the values) that would have been accepted.
        near: those of the allowed names that resemble the given one, best first.
    """

    def __init__(self, subject: str, given: object, allowed: Iterable[str], near_to: Iterable[str] = ()) -> None:
        """Build the message; `near_to` are names to look for look-alikes in beside `allowed`."""
        self.given = str(given)
        self.allowed = tuple(allowed)
        self.near = near_names(self.given, (*self.allowed, *near_to))
        hint = f"; did you mean {' or '.join(self.near)}?" if self.near else ""
        super().__init__(f"{subject} {self.given!r} is not allowed; expected {', '.join(self.allowed)}{hint}")


class UnknownSolverError(SolverError):
    """No solver has this key, display name or alias."""


class UnsupportedScheduleError(SolverError):
    """No schedule has this name, or the solver cannot run on it."""


class UnsupportedPredictionError(SolverError):
    """The solver cannot run a network whose output has this prediction type."""


class InvalidSolverOptionError(SolverError):
    """A number (steps, start, eta) outside its range."""


class NoiseScheduleError(SolverError):
    """A field of the checkpoint's scheduler configuration that cannot be served."""


def near_names(given: str, names: Iterable[str]) -> tuple[str, ...]:
    """Up to three of `names` that look like `given`, best first, whatever their case."""
    by_folded = {name.casefold(): name for name in names}
    return tuple(by_folded[match] for match in difflib.get_close_matches(given.casefold(), by_folded, n=3, cutoff=0.5))
