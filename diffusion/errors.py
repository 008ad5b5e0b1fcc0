"""Every error the core raises.

DiffusionError                  carries a stable `code`, sent to clients
├── InvalidFieldError           a field of a request is outside its bounds
├── QueueFullError              not accepted now; says when to try again
├── DeadlineExceededError       accepted, but not finished in the time the request gave
├── DeadlineUnmeetableError     not accepted: it would not be finished in the time the request gives
├── ShuttingDownError           the engine stops; the request may be sent again elsewhere
├── NotFiniteError              a network produced NaN or infinity for this request
└── ComponentError              a call of a network failed
    ├── ComponentUnavailableError   the network cannot be reached now; the same call may succeed later
    └── ComponentFailedError        the network refused or failed this very call
"""

from __future__ import annotations

from typing import ClassVar


class DiffusionError(Exception):
    """Base of the core's errors. `code` is part of the public contract; the message is for people."""

    code: ClassVar[str] = "internal"


class InvalidFieldError(DiffusionError):
    """A value outside its bounds.

    Attributes:
        field: canonical name of the field (a public surface translates it to its own name).
        given: the value as it was given, shortened for display.
        allowed: what would have been accepted, in words.
    """

    code = "invalid_field"

    def __init__(self, field: str, given: object, allowed: str) -> None:
        self.field = field
        self.given = _shortened(given)
        self.allowed = allowed
        super().__init__(f"{field}: {self.given} is not allowed; expected {allowed}")


class QueueFullError(DiffusionError):
    """The bounded queue is full. `retry_after_s` is an estimate of when there will be room, in seconds."""

    code = "queue_full"

    def __init__(self, reason: str, retry_after_s: float) -> None:
        self.reason = reason
        self.retry_after_s = retry_after_s
        super().__init__(f"{reason}; try again in {retry_after_s:.0f} s")


class DeadlineExceededError(DiffusionError):
    """The request was not finished within its `deadline_s`."""

    code = "deadline_exceeded"

    def __init__(self, deadline_s: float) -> None:
        self.deadline_s = deadline_s
        super().__init__(f"not finished within the deadline of {deadline_s:g} s")


class DeadlineUnmeetableError(DiffusionError):
    """The request would not be finished within its `deadline_s`, so nothing of it is run.

    Attributes:
        predicted_s: when it would be finished, in seconds from now, at the measured speed and with what is accepted.
        retry_after_s: when there may be time for it, or None where even alone it would take longer.
    """

    code = "deadline_unmeetable"

    def __init__(self, deadline_s: float, predicted_s: float, retry_after_s: float | None) -> None:
        self.deadline_s = deadline_s
        self.predicted_s = predicted_s
        self.retry_after_s = retry_after_s
        when = "even alone it takes longer than that"
        if retry_after_s is not None:
            when = f"try again in {retry_after_s:.0f} s, or give it more time"
        super().__init__(
            f"deadline_s: would be finished in {predicted_s:.3g} s, after the deadline of {deadline_s:g} s; {when}"
        )


class ShuttingDownError(DiffusionError):
    """The engine is stopping and takes or finishes no more requests."""

    code = "shutting_down"

    def __init__(self) -> None:
        super().__init__("the engine is shutting down")


class NotFiniteError(DiffusionError):
    """A network's output for one request holds NaN or infinity; the request cannot be finished."""

    code = "not_finite"

    def __init__(self, component: str, step: int) -> None:
        self.component = component
        self.step = step
        super().__init__(f"{component} produced values that are not finite at step {step}")


class ComponentError(DiffusionError):
    """A call of a component failed."""

    code = "component_failed"

    def __init__(self, component: str, reason: str) -> None:
        self.component = component
        self.reason = reason
        super().__init__(f"{component}: {reason}")


class ComponentUnavailableError(ComponentError):
    """The component's process or server is away; the engine keeps the rows and tries again."""

    code = "component_unavailable"


class ComponentFailedError(ComponentError):
    """The component answered this call with an error; other rows may still succeed."""


def _shortened(value: object, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
