"""What can go wrong."""

from __future__ import annotations

from typing import Any


class AgentError(Exception):
    """Raised by an agent to end its run badly. Its text is for whoever asked; that of other exceptions is only logged here."""

    def __init__(self, message: str, code: str = "agent_error") -> None:
        super().__init__(message)
        self.code = code


class Refused(Exception):
    """The platform did not take what was sent. Nothing of it is in the log, and all else is as it was."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("message", "refused"))
        self.code: str | None = error.get("code")
        self.param: str | None = error.get("param")


class Cancelled(Exception):
    """The run is no longer this worker's: somebody ended it, or another worker has it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Suspended(BaseException):
    """The run waits for a person and holds nothing meanwhile. Not an Exception, so that handlers do not catch it by mistake."""
