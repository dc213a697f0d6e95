"""What LibreOffice shows of our marks, and what it leaves of them when it saves."""

import shutil
import subprocess
from pathlib import Path

import pytest
from pens import SHEET, form, marks, office_form, opened, parts, summary
from test_annotate import comments

from xlreport.workbook.annotate import annotate, is_annotated, strip
from xlreport.workbook.book import read_book
from xlreport.workbook.highlight import SHADES
from xlreport.workbook.marks import Tone
from xlreport.workbook.notes import BEGIN, END
from xlreport.workbook.poke import set_values

pytestmark = [
    pytest.mark.libreoffice,
    pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed"),
]

BOOKS = {"xlsxwriter": form(active=1), "openpyxl": office_form()}


def converted(folder: Path, data: bytes, kind: str) -> Path:
    source = folder / "book.xlsx"
    source.write_bytes(data)
    target = folder / kind
    command = ["soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    command += ["--convert-to", kind, "--outdir", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return target / f"book.{kind}"


def colours(pdf: Path, page: int) -> set[str]:
    """Every colour on a page, RRGGBB."""
    name = pdf.with_suffix("")
    subprocess.run(
        ["pdftoppm", "-r", "40", "-f", str(page), "-l", str(page), "-singlefile", str(pdf), str(name)], check=True
    )
    pixels = name.with_suffix(".ppm").read_bytes().split(b"\n", 3)[3]
    return {pixels[at : at + 3].hex().upper() for at in range(0, len(pixels), 3)}


@pytest.fixture(scope="module", params=BOOKS)
def saved(request, tmp_path_factory) -> tuple[bytes, bytes]:
    """A workbook, and its annotated copy as LibreOffice saved it."""
    book = BOOKS[request.param]
    folder = tmp_path_factory.mktemp("saved")
    return book, converted(folder, annotate(opened(book), marks(), summary()), "xlsx").read_bytes()


def test_notes_survive(saved: tuple[bytes, bytes]):
    notes = comments(saved[1])
    assert notes["D5"] == f"{BEGIN}\n上年结转填 3\n\n第二条\n{END}"
    assert "author" in parts(saved[1])["xl/comments2.xml"].decode()
    assert ">xlreport</author>" not in parts(saved[1])["xl/comments2.xml"].decode()


def test_marks_are_taken_out_of_what_libreoffice_saved(saved: tuple[bytes, bytes]):
    book, data = saved
    assert is_annotated(opened(data))
    clean = strip(opened(data))
    assert not is_annotated(opened(clean))
    assert not [name for name, part in parts(clean).items() if b"xlreport" in part]
    before, after = read_book(opened(book)), read_book(opened(clean))
    names = [sheet.name for sheet in before.sheets]
    assert [sheet.name for sheet in after.sheets][: len(names)] == names  # it makes a worksheet of a chart sheet
    assert set(after.local_names) >= {key for key in before.local_names if "FilterDatabase" not in key[0]}
    expected = {cell: text.replace(" _x005F_x000D_", "") for cell, text in comments(book).items()}
    found = comments(clean)
    assert {cell: text.partition(" _x")[0] for cell, text in found.items()} == expected


def test_a_second_round_after_libreoffice_is_like_a_first_one(saved: tuple[bytes, bytes]):
    _, data = saved
    again = annotate(opened(data), marks(), summary())
    assert annotate(opened(strip(opened(data))), marks(), summary()) == again
    names = [sheet.name for sheet in read_book(opened(again)).sheets]
    assert len([name for name in names if name.startswith("检查结果")]) == (2 if "检查结果" in names[1:] else 1)
    assert all(note.count(BEGIN) <= 1 for note in comments(again).values())


@pytest.mark.parametrize("name", BOOKS)
def test_our_colours_win_over_older_formats(name: str, tmp_path: Path):
    """LibreOffice takes of overlapping formats the one it read first, whatever their priorities say."""
    pdf = converted(tmp_path, annotate(opened(BOOKS[name]), marks(), summary()), "pdf")
    seen = colours(pdf, 2)
    wanted = {SHADES[Tone.ERROR].strong, SHADES[Tone.WARNING].fill, SHADES[Tone.INFO].fill}
    assert wanted <= seen
    assert {SHADES[tone].fill for tone in (Tone.ERROR, Tone.INFO)} <= colours(pdf, 1)


def test_values_and_results_put_in_are_shown(tmp_path: Path):
    """LibreOffice does not recalculate what Excel wrote, though told to: results have to be put in with the values."""
    values = {(SHEET, 2, 1): 1000, (SHEET, 3, 1): "两件", (SHEET, 30, 3): 7}
    data = set_values(opened(form()), values, cached={(SHEET, 2, 7): 1019})
    cells = read_book(opened(converted(tmp_path, data, "xlsx").read_bytes())).sheets[0].cells
    assert [cells[spot].text for spot in ((2, 1), (3, 1), (30, 3), (2, 7))] == ["1000", "两件", "7", "1019"]
