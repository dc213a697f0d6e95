"""Make, fill, check, collect and roll up official statistical forms as Excel workbooks."""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from xlreport.round.api import OpenRound


def open_round(folder: Path | str) -> OpenRound:
    """A collection round that lies in a folder, for programs; raises `xlreport.round.trouble.RoundProblems`."""
    from xlreport.round.api import OpenRound

    return OpenRound(folder)
