"""Opening a workbook's package safely: the zip, its parts and relationships, before anything is believed.

Knows nothing of sheets or cells. Standard library only.
"""

from __future__ import annotations
