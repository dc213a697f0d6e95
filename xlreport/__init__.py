"""Make, fill, check, collect and roll up official statistical forms as Excel workbooks."""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from xlreport.round.api import OpenRound
    from xlreport.round.trouble import RoundProblems

__all__ = ["RoundProblems", "__version__", "open_round"]


def open_round(folder: Path | str) -> OpenRound:
    """A collection round that lies in a folder, for programs; raises `RoundProblems`."""
    from xlreport.round.api import OpenRound

    return OpenRound(folder)


def __getattr__(name: str) -> object:
    """What an open round raises, loaded once somebody asks for it: a check starts without it."""
    if name == "RoundProblems":
        from xlreport.round.trouble import RoundProblems

        return RoundProblems
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
