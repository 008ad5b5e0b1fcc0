"""Every error that the gateway answers with. A surface translates it to its own shape; nothing else reaches a client.

GatewayError                    carries an HTTP status, a stable code and the canonical field at fault
├── InvalidRequestError    400  a field or the body is not acceptable
├── ModerationBlockedError 400  something was found that this caller may not ask for or see; says by what
├── CheckerMissingError    400  pictures would have to be looked at, and nothing is installed that can
├── AuthenticationError    401  no key, or one that is not valid
├── PermissionDeniedError  403  the key may not do this
├── NotFoundError          404  no such path or thing
│   └── ModelNotFoundError      no such model; names the near ones
├── MethodNotAllowedError  405
├── PayloadTooLargeError   413  the body is larger than allowed
├── UnsupportedMediaError  415
├── OverloadedError        429  not accepted now; says when to try again
├── DeadlineUnmeetableError 429 it would be done after its deadline; says when there may be time, if ever
├── InternalError          500  a fault of ours; details are in the log only
├── GenerationFailedError  500  this request cannot be finished; sending it again would fail alike
├── UnavailableError       503  the networks are away for the moment, or we are stopping
└── DeadlineError          504  not finished in the time the request gave
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from diffusion.errors import DiffusionError


class GatewayError(Exception):
    """Base of the tree.

    Attributes:
        message: what was asked, what is allowed and what to do, for people.
        field: canonical name of the field at fault, or None.
        headers: to send along (`retry-after` …).
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    may_retry: ClassVar[bool | None] = None
    """Whether sending the same again makes sense; None leaves it to the client's own rule."""

    def __init__(self, message: str, *, field: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        self.message = message
        self.field = field
        self.headers = dict(headers or {})
        if self.may_retry is not None:
            self.headers.setdefault("x-should-retry", str(self.may_retry).lower())
        super().__init__(message)


class InvalidRequestError(GatewayError):
    """A field or the body is not acceptable."""

    status = 400
    code = "invalid_value"


class ModerationBlockedError(GatewayError):
    """Something was found that this caller may not ask for or see; `stage` says by what (`gateway.safety.policy`)."""

    status = 400
    code = "moderation_blocked"
    may_retry = False

    def __init__(self, message: str, stage: str, rule: str | None = None) -> None:
        self.stage = stage
        self.rule = rule
        super().__init__(message, field="prompt" if stage == "prompt" else None)


class CheckerMissingError(GatewayError):
    """Pictures would have to be looked at, and nothing is installed that can."""

    status = 400  # another request would be answered: trying this one again is of no use
    code = "safety_checker_missing"
    may_retry = False

    def __init__(self) -> None:
        super().__init__(
            "Your pictures must be looked at before they are shown, and this installation has no safety checker; "
            "its operator can install one (avila safety install) or change the policy of your role"
        )


class AuthenticationError(GatewayError):
    """No key, or one that is not valid. The message never says which part was wrong."""

    status = 401
    code = "invalid_api_key"

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"www-authenticate": 'Bearer realm="avila"'})


class PermissionDeniedError(GatewayError):
    """Known, but not allowed."""

    status = 403
    code = "permission_denied"


class NotFoundError(GatewayError):
    """No such path or thing."""

    status = 404
    code = "not_found"


class ModelNotFoundError(NotFoundError):
    """No such model."""

    code = "model_not_found"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or list(known)[:5]
        hint = f"did you mean {', '.join(near)}?" if near else "no model is installed"
        super().__init__(f"The model '{name[:100]}' does not exist; {hint}", field="model")


class MethodNotAllowedError(GatewayError):
    """The path exists, the method does not."""

    status = 405
    code = "method_not_allowed"


class PayloadTooLargeError(GatewayError):
    """The body is larger than allowed."""

    status = 413
    code = "body_too_large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The request's body is larger than the {limit_bytes} bytes allowed")


class UnsupportedMediaError(GatewayError):
    """The body's content type is not one this path reads."""

    status = 415
    code = "unsupported_media_type"


class OverloadedError(GatewayError):
    """Not accepted now."""

    status = 429
    code = "queue_full"
    may_retry = True

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message, headers={"retry-after": str(max(1, math.ceil(retry_after_s)))})


class DeadlineUnmeetableError(GatewayError):
    """It would be done after its deadline. `retry_after_s` is None where even alone it would take longer."""

    status = 429
    code = "deadline_unmeetable"

    def __init__(self, message: str, retry_after_s: float | None) -> None:
        hint = {} if retry_after_s is None else {"retry-after": str(max(1, math.ceil(retry_after_s)))}
        may_retry = {"x-should-retry": str(retry_after_s is not None).lower()}
        super().__init__(message, field="deadline_s", headers={**hint, **may_retry})


class InternalError(GatewayError):
    """A fault of ours. Carries nothing of its cause."""

    def __init__(self) -> None:
        super().__init__("The server made an error; its log has the details under this request's id")


class GenerationFailedError(GatewayError):
    """This request cannot be finished."""

    code = "generation_failed"
    may_retry = False


class UnavailableError(GatewayError):
    """Away for the moment."""

    status = 503
    code = "unavailable"
    may_retry = True

    def __init__(self, message: str, retry_after_s: int = 5) -> None:
        super().__init__(message, headers={"retry-after": str(retry_after_s)})


class DeadlineError(GatewayError):
    """Not finished in the time the request gave."""

    status = 504
    code = "deadline_exceeded"
    may_retry = False


def from_status(status: int, detail: str) -> GatewayError:
    """The error for a bare HTTP status, as the framework raises it (404 of an unknown path, 405 …)."""
    by_status: dict[int, type[GatewayError]] = {
        401: AuthenticationError,
        403: PermissionDeniedError,
        404: NotFoundError,
        405: MethodNotAllowedError,
        415: UnsupportedMediaError,
    }
    if status in by_status:
        return by_status[status](detail)
    return InvalidRequestError(detail) if 400 <= status < 500 else InternalError()


_AWAY = frozenset({"component_unavailable", "shutting_down", "storage_unavailable", "worker_lost"})
_OF_A_FIELD: Mapping[str, type[GatewayError]] = {"invalid_field": InvalidRequestError, "model_not_found": NotFoundError}
_PLAIN: Mapping[str, type[GatewayError]] = {
    "deadline_exceeded": DeadlineError,
    "not_finite": GenerationFailedError,
    "component_failed": GenerationFailedError,
    "model_load_failed": UnavailableError,
    "model_not_loaded": UnavailableError,
}


def from_failure(code: str, message: str, facts: Mapping[str, Any]) -> GatewayError:
    """The error for how a request ended: `diffusion.errors`' codes (`diffusion.events.Failed`) and the worker's own."""
    if code in _OF_A_FIELD:
        return _OF_A_FIELD[code](message, field=facts.get("field"))
    if code in _PLAIN:
        return _PLAIN[code](message)
    if code == "moderation_blocked":
        return ModerationBlockedError(message, str(facts.get("stage", "")))
    if code == "queue_full":
        return OverloadedError(message, float(facts.get("retry_after_s", 1.0)))
    if code == "deadline_unmeetable":
        return DeadlineUnmeetableError(message, facts.get("retry_after_s"))
    return UnavailableError(f"{message}; try again in a moment") if code in _AWAY else InternalError()


def from_diffusion_error(error: DiffusionError) -> GatewayError:
    """The error for one that the core raised directly."""
    return from_failure(error.code, str(error), vars(error))
