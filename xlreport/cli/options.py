"""Options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xlreport.cli.console import Language


class Format(StrEnum):
    """How findings and results are printed."""

    text = "text"
    json = "json"


LangOption = Annotated[
    Language | None, typer.Option("--lang", help="语言，默认随系统。 Language; by default that of the system.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="输出格式。 Output format.")]
ForceOption = Annotated[bool, typer.Option("--force", help="覆盖已有文件。 Overwrite an existing file.")]
# Where a file has a name of its own if none is given.
OutputOption = Annotated[
    Path | None, typer.Option("-o", "--output", help="输出文件。 The file to write.", show_default=False)
]
