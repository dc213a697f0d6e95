"""Who of last year's units is who of this year's: by name, for codes are often given anew; by code where a name is new.

Pure: who the units are is read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from xlreport.form.fold import fold
from xlreport.round.unit import Unit


def codes_now(before: Iterable[tuple[str, str]], units: Sequence[Unit]) -> Mapping[str, str]:
    """The code that each unit of last year has on the roster of today, by its code then.

    `before` gives codes and names. A unit whose name is new keeps its code. One whose code is another's today, who was
    there last year as well, is gone: it gets what is no code of the roster, so that nobody is given its figures.
    """
    by_name = {fold(unit.name): unit.code for unit in units}
    found: dict[str, str] = {}
    taken: set[str] = set()
    those = list(before)
    for code, name in those:
        now = by_name.get(fold(name))
        if now is not None and now not in taken:
            found[code] = now
            taken.add(now)
    for code, name in those:
        if code not in found:
            found[code] = f"{code} {name}" if code in taken else code
    return found
