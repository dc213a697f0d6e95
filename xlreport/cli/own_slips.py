"""How people slip, as an office has estimated it from its own workbooks: asked for by every command."""

from __future__ import annotations

from xlreport.cli.console import stop
from xlreport.own_slips import NoSlips, use_own_slips


def use_slips() -> None:
    """Rank by the file that `learn -o` wrote; ends the command if it is none."""
    try:
        use_own_slips()
    except NoSlips as error:
        stop(str(error))
