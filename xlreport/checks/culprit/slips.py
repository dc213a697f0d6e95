"""How likely a number was mistyped as another one: the ways people slip, with their shares from `typing_errors.json`.

transposed (12 → 21), dropped or doubled a digit, hit another digit, a power of ten (元 for 万元), a lost or added sign,
omitted (left at 0), stale (a total not brought up to date), carried (a wrong number added up into its totals),
copied from a neighbour, moved into or swapped with a neighbouring cell, anything else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OWN: dict[str, Any] = {}


def use(data: Mapping[str, Any]) -> None:
    """Rank by what an office has estimated from its own workbooks."""
    _OWN.clear()
    _OWN.update(data)
    slip_data.cache_clear()
    shares.cache_clear()


@cache
def slip_data() -> Mapping[str, Any]:
    """An office's own estimate; else the file that is part of the package, as a module is."""
    if _OWN:
        return _OWN
    # As pkgutil reads it, which takes longer to import than the file to be read.
    loader: Any = __spec__.loader
    found: Mapping[str, Any] = json.loads(loader.get_data(f"{__file__.rpartition('slips')[0]}typing_errors.json"))
    return found


@cache
def shares() -> Mapping[str, float]:
    """The share of each way to slip."""
    return {name: float(share) for name, share in slip_data()["slips"].items()}


def usual_rows(form: str, table: str) -> Mapping[str, float]:
    """How the numbers of a form's table are usually spread over its rows; empty where nobody has looked."""
    found: Mapping[str, float] = slip_data()["rows"].get(form, {}).get(table, {})
    return found


POWERS = {10: 0.6, 100: 0.2, 10000: 0.2}  # by what a number is too large or too small
SMALL = 5  # a count that comes from nowhere is small
_FAR = 10**30  # beyond what anybody types; what a solution asks for may have hundreds of digits


def ways(found: int, true: int) -> dict[str, float]:
    """How often each slip among a number's digits, its zeros or its sign would make `found` of `true`."""
    if found < 0 or true < 0:
        return {"sign": 1.0} if -found == true else {}
    if not true:
        return {}
    if not found:
        return {"omitted": 1.0}
    chances: dict[str, float] = {}
    a, b = str(found), str(true)
    if len(a) == len(b):
        differ = [j for j in range(len(b)) if a[j] != b[j]]
        if len(differ) == 1:
            chances["digit"] = 1 / (9 * len(b))
        elif (
            len(differ) == 2
            and differ[1] == differ[0] + 1
            and a[differ[0]] + a[differ[1]] == b[differ[1]] + b[differ[0]]
        ):
            chances["transposed"] = 1 / (len(b) - 1)
    elif len(b) == len(a) + 1:
        chances["dropped"] = sum(b[:j] + b[j + 1 :] == a for j in range(len(b))) / len(b)
    elif len(a) == len(b) + 1:
        chances["doubled"] = sum(b[:j] + b[j] + b[j:] == a for j in range(len(b))) / len(b)
    powers = sum(share for power, share in POWERS.items() if found == true * power or true == found * power)
    chances["power"] = 0.6 * powers
    return {name: chance for name, chance in chances.items() if chance}


def digits_slip(found: int, true: int, weights: Mapping[str, float]) -> float:
    """How often `true` is typed as `found` by a slip among its digits, its zeros or its sign."""
    return sum(weights[name] * chance for name, chance in ways(found, true).items())


def stale(found: int, true: int, parts: Collection[int], weights: Mapping[str, float]) -> float:
    """How often a total of these parts is left at `found`: without one of them, or a little off."""
    if found < 0:
        return 0.0
    filled = [part for part in parts if part]
    chance = 0.0
    if filled:
        chance += 0.5 * filled.count(true - found) / len(filled)
    reach = max(3, true // 10)
    if abs(found - true) <= reach:
        chance += (0.5 if filled else 1.0) / (2 * reach)
    return weights["stale"] * chance


def anything(found: int, true: int, weights: Mapping[str, float]) -> float:
    """How often `true` becomes `found` in no way that has a name."""
    if found < 0:
        return weights["other"] * 1e-4
    reach = min(max(10, 2 * true), _FAR)
    found = min(found, _FAR)
    if found <= reach:
        return weights["other"] * 0.9 / reach
    return weights["other"] * 0.1 * reach / (found * found)


def appeared(found: int) -> float:
    """How often a cell that should be 0 is given a number and added up with it."""
    if found <= 0:
        return 0.0
    found = min(found, _FAR)
    return 0.9 / SMALL if found <= SMALL else 0.1 * SMALL / (found * found)


def cost(chance: float) -> float:
    """A chance as what a search adds up; far-fetched is dear."""
    return -math.log(max(chance, 1e-300))
