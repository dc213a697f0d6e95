"""The borders between our folders, read from the real imports. Adding one that breaks them is a design question."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import xlreport

ROOT = Path(xlreport.__file__).resolve().parent
PURE = ("rules", "form", "checks")

# What each part may import of ours; what is not listed may import nothing of ours. `record` is how records are made,
# `pattern` how patterns that wait.
MAY = {
    "rules": {"record"},
    "record": set(),
    "pattern": set(),
    "form": {"rules", "record", "pattern"},
    "submission": {"form", "rules", "record"},
    "finding": {"form", "rules", "record"},
    "since": {"finding", "form", "record"},
    "notation": {"form", "rules", "submission", "record", "pattern"},
    "rewrites": {"form", "rules", "submission", "record"},
    "checks": {"form", "rules", "submission", "finding", "record", "pattern"},
    "arithmetic": {"form", "rules"},
    "wording": {"arithmetic", "finding", "form", "rewrites", "rules", "submission"},
    "pages": {"arithmetic", "finding", "form", "rules", "wording", "record"},
    "compiled": {"form", "rules"},
    "catalog": {"compiled", "form", "record"},
    "data": {"rules", "record"},
    "filling": {"data", "form", "rules", "notation", "submission", "record"},
    "upgrade": {"form", "rules", "submission", "record"},
    "workbook": {"form", "rules", "submission", "finding", "notation", "since", "record", "pattern"},
    "examine": {"catalog", "checks", "finding", "form", "rewrites", "since", "submission", "workbook", "record"},
    "own_slips": {"checks"},
    "handed_in": {"examine", "finding", "form", "record"},
    "report": {
        *("arithmetic", "examine", "finding", "form", "rewrites", "rules", "since", "submission", "wording"),
        *("workbook", "record"),
    },
    "round": {
        "catalog",
        "checks",
        "examine",
        "finding",
        "form",
        "own_slips",
        "report",
        "rules",
        "submission",
        "wording",
        "workbook",
        "record",
    },
    "cli": None,  # everything
    "__main__": {"cli"},
    "__init__": {"round"},  # open_round
}
# The hook that hatch runs when a wheel is built: no part of the program.
BUILD_HOOK = "build"


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of ours but the build hook, by its name below `xlreport`."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts if len(parts) == 1 or parts[-1] != "__init__" else parts[:-1])
        if name != BUILD_HOOK:
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """The full names of all modules that are imported anywhere in a module, in functions as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def ours(tree: ast.AST) -> set[str]:
    """The modules of ours that a module imports, below `xlreport`."""
    names = {name.removeprefix("xlreport.") for name in imported(tree) if name.startswith("xlreport.")}
    return {name for name in names if name in modules()}


def part(name: str) -> str:
    return name.partition(".")[0]


def test_every_part_has_its_borders():
    assert {part(name) for name in modules()} == set(MAY)


@pytest.mark.parametrize("name", sorted(modules()))
def test_imports_point_down_only(name):
    allowed = MAY[part(name)]
    if allowed is None:
        return
    strangers = {other for other in ours(modules()[name]) if part(other) not in {*allowed, part(name)}}
    assert not strangers


def test_reports_take_no_more_of_workbook_than_its_marks():
    taken = {o for name in modules() if part(name) == "report" for o in ours(modules()[name]) if part(o) == "workbook"}
    assert taken <= {"workbook.marks"}


def test_no_import_cycles():
    edges = {name: ours(tree) - {name} for name, tree in modules().items()}
    # A package's __init__ is imported before its modules, but only counts where something is taken from it.
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join([*path[path.index(name) :], name])
        if name not in done:
            for other in sorted(edges[name]):
                visit(other, (*path, name))
            done.add(name)

    for name in sorted(edges):
        visit(name, ())


@pytest.mark.parametrize(
    ("library", "where"),
    [
        ("typer", "cli"),
        ("xlsxwriter", "workbook"),
        ("openpyxl", "workbook"),
        ("msoffcrypto", "workbook"),
        ("sqlite3", "round"),
        ("smtplib", "round"),
        ("imaplib", "round"),
        ("keyring", "round"),
        ("pyarrow", "round"),
    ],
)
def test_third_parties_stay_in_their_folder(library, where):
    users = {name for name, tree in modules().items() if library in {part(i) for i in imported(tree)}}
    assert {part(name) for name in users} <= {where}
    assert users or library == "openpyxl"  # so far only the tests need it


def test_only_what_must_be_there_is_third_party():
    known = {"typer", "xlsxwriter", "openpyxl", "yaml", "msoffcrypto", "keyring", "pyarrow"}
    for name, tree in modules().items():
        tops = {part(i) for i in imported(tree)} - {"xlreport"}
        assert tops - set(sys.stdlib_module_names) <= known, name


@pytest.mark.parametrize("library", ["xlsxwriter", "openpyxl", "yaml", "msoffcrypto", "keyring", "pyarrow"])
def test_slow_libraries_are_imported_inside_functions(library):
    for name, tree in modules().items():
        if library not in {part(i) for i in imported(tree)}:
            continue
        inside = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
            for node in ast.walk(function)
        }
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)) and library in {part(i) for i in imported(node)}:
                assert id(node) in inside, f"{name} imports {library} at its head"


@pytest.mark.parametrize("name", sorted(n for n in modules() if part(n) in PURE))
def test_the_pure_parts_open_nothing_print_nothing_and_read_no_clock(name):
    tree = modules()[name]
    doors = {"open", "print", "input", "exec", "eval", "compile"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in doors, f"{name}:{node.lineno}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"read_text", "read_bytes", "write_text", "write_bytes", "environ"}, name
    tops = {part(i) for i in imported(tree)}
    assert not tops & {"os", "sys", "io", "pathlib", "time", "datetime", "random", "subprocess", "zipfile", "logging"}


def test_the_borders_can_be_broken():
    """The reader of imports sees one in a function, under an alias, and from a package."""
    tree = ast.parse("def f():\n    from xlreport.workbook import read as r\n    import xlreport.cli.main\n")
    assert ours(tree) == {"workbook", "workbook.read", "cli.main"}
