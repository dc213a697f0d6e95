"""An audit of a form's rules for programs."""

from __future__ import annotations

from typing import Any

from xlreport.form.audit import FARTHEST, Audit, Instance, Sight
from xlreport.form.table import Item


def audit_document(found: Audit) -> dict[str, Any]:
    """The audit as plain data; shares are of the cells that somebody types."""
    return {
        "version": 1,
        "form": found.form,
        "cells": found.cells,
        "equations": found.equations,
        "rank": found.rank,
        "totals": {way: _sight(sight) for way, sight in found.sights.items()},
        "tables": [
            {
                "table": table.table,
                "totals": {way: _sight(sight) for way, sight in table.sights.items()},
                "unseen": {
                    "scaling": table.scaling,
                    "swapped_rows": [list(group) for group in table.swapped_rows],
                    "swapped_columns": [list(group) for group in table.swapped_columns],
                },
            }
            for table in found.tables
        ],
        "cells_in_no_rule": [_item(item) for item in found.no_rule],
        "implied": [_instance(one) for one in found.implied],
        "scaled_together": [list(group) for group in found.scaled_together],
        "contradictory": [[_instance(one) for one in group] for group in found.contradictory],
        "never_firing": [_instance(one) for one in found.never],
    }


def _sight(sight: Sight) -> dict[str, Any]:
    share = sight.cells or 1
    return {
        "cells": sight.cells,
        "detected": sight.detected,
        "located": sight.located,
        "detected_share": round(sight.detected / share, 4),
        "located_share": round(sight.located / share, 4),
        "minimum_distance": sight.distance,
        "distance_searched_to": FARTHEST,
        "indistinguishable": [[_item(item) for item in group] for group in sight.alike],
        "indistinguishable_pairs": sum(len(group) * (len(group) - 1) // 2 for group in sight.alike),
    }


def _item(item: Item) -> dict[str, str]:
    return {"table": item.table, "row": item.row, "column": item.column}


def _instance(one: Instance) -> dict[str, str | None]:
    return {"rule": one.rule, "row": one.row, "column": one.column}
