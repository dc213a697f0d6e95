"""The build's own step: beside every definition in the wheel stands its compiled form.

Run by hatchling (see pyproject.toml). The folder above is put on the path because the package is not installed yet.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledForms(BuildHookInterface):  # type: ignore[type-arg]
    """Adds `templates/<form>/<edition>.compiled` to the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile every definition; a mistake in one stops the build."""
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from xlreport.catalog import compiled_form
        finally:
            sys.path.remove(str(root))
        folder = Path(tempfile.mkdtemp(prefix="xlreport-build-"))
        for path in sorted((root / "templates").glob("*/*.yaml")):
            target = folder / f"{path.parent.name}-{path.stem}.compiled"
            target.write_bytes(compiled_form(path.read_bytes(), f"{path.parent.name}/{path.name}"))
            place = f"xlreport/templates/{path.parent.name}/{path.stem}.compiled"
            build_data["force_include"][str(target)] = place
