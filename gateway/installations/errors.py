"""Why a source cannot be installed from, each with a code of its own.

InvalidRequestError
├── SourceRefusedError        it is of a kind that is not taken, or malformed
│   └── PickledSourceError    its weights could run code when they are loaded
├── SourceNotFoundError       there is nothing of this name, or this server may not see it
├── SourceGatedError          its owner asks for a token, or for terms to be accepted at the hub
├── SourceUnreachableError    its server does not answer, or not properly
├── NoRoomError               too little disk or memory
└── NotNowError               the installation is in another state than the call needs
"""

from __future__ import annotations

from gateway.errors import InvalidRequestError


class SourceRefusedError(InvalidRequestError):
    """It is of a kind that is not taken, or malformed."""

    code = "source_refused"

    def __init__(self, reason: str, field: str = "source") -> None:
        super().__init__(f"{field}: {reason}", field=field)


class PickledSourceError(SourceRefusedError):
    """Its weights could run code when they are loaded."""

    code = "source_pickled"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is a pickle, which can run code when it is loaded; .safetensors files are taken")


class SourceNotFoundError(SourceRefusedError):
    """There is nothing of this name, or this server may not see it."""

    code = "source_not_found"


class SourceGatedError(SourceRefusedError):
    """Its owner asks for a token, or for terms to be accepted at the hub."""

    code = "source_gated"


class SourceUnreachableError(SourceRefusedError):
    """Its server does not answer, or not properly; the same may work later."""

    code = "source_unreachable"


class NoRoomError(InvalidRequestError):
    """Too little disk or memory."""

    code = "no_room"


class NotNowError(InvalidRequestError):
    """The installation is in another state than the call needs."""

    code = "not_now"
