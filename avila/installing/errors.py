"""Why an installation failed."""

from __future__ import annotations


class InstallationError(Exception):
    """It failed; the message is for the administrator.

    Attributes:
        code: stable, for programs.
        may_resume: whether trying again can be of use; what was downloaded is then kept.
    """

    def __init__(self, code: str, message: str, *, may_resume: bool = False) -> None:
        self.code = code
        self.may_resume = may_resume
        super().__init__(message)
