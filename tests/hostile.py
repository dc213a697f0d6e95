"""Workbooks bent on purpose: a seeded mutator that knows zip entries and XML, and what every victim must come through.

`python tests/hostile.py --minutes 30 --seed 1` runs for so much processor time and writes what broke something into
a folder; the suite runs a short stretch of the same (test_hostile.py).
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import signal
import struct
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

CPU_SECONDS, MEMORY = 5.0, 300_000_000
NASTY = (
    *("", " ", "0", "-1", "1", "2147483648", "99999999999999999999", "1e400", "NaN", "inf", "0x1F", "1_0", "٣", "１"),
    *("true", "A0", "A1", "XFE1", "A1048577", "A1:XFD1048576", "$A$1:$B", "'a'!A1", "#REF!", "ZZZZZZZ99999999"),
    *(
        "../../../etc/passwd",
        "file:///etc/passwd",
        "http://198.51.100.7/x",
        "\\\\198.51.100.7\\x",
        "/",
        "..",
        "%2e%2e/x",
    ),
    *("=cmd|' /C calc'!A0", "&#x202E;gnp", "&#27;[31m", "_x0000_", "_xD800_", "&lt;b&gt;", "&#55296;", "&x;", "&amp;"),
    *("]]&gt;", "\N{ZERO WIDTH SPACE}", "x" * 70_000, "rId1", "worksheet", "visible", "veryHidden", "preserve"),
)
NAMES = (
    *(
        "xl\\workbook.xml",
        "/xl/workbook.xml",
        "XL/WORKBOOK.XML",
        "xl/%77orkbook.xml",
        "../x",
        "C:\\x",
        "",
        "a" * 40_000,
    ),
    *(
        "xl/worksheets/",
        "[Content_Types].xml",
        "_rels/.rels",
        "mimetype",
        "x\0y",
        "xl//workbook.xml",
        "EncryptedPackage",
    ),
)
_TOKEN = re.compile(rb"<[^>]*>|[^<]+")
_ATTRIBUTE = re.compile(rb"""(\s[\w:.-]+=)(["'])(.*?)\2""", re.DOTALL)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The bytes with one to four things done to them."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        data = (_of_package if data[:2] == b"PK" and rng.random() < 0.95 else _of_bytes)(data, rng)
    return data


def _of_bytes(data: bytes, rng: random.Random) -> bytes:
    """What a bad line, a bad disk, or somebody with a hex editor does."""
    if not data:
        return data
    at = rng.randrange(len(data))
    match rng.randrange(8):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + bytes(rng.randrange(256) for _ in range(rng.randrange(1, 9))) + data[at:]
        case 2:
            return data[:at] + data[at + rng.randrange(1, 600) :]
        case 3:
            size = rng.choice((2, 4, 4, 8))
            number = rng.choice((0, 1, 0xFF, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF, len(data)))
            return data[:at] + number.to_bytes(8, "little")[:size] + data[at + size :]
        case 4:
            other = rng.randrange(len(data))
            return data[:at] + data[other : other + 512] + data[at + 512 :]
        case 5:
            return rng.choice((b"\0" * 7, b"#!/bin/sh\n", b"PK\3\4")) + data
        case _:
            bent = bytearray(data)
            for _ in range(rng.choice((1, 1, 2, 8, 64))):
                bent[rng.randrange(len(bent))] = rng.choice((0, 0xFF, 0x80, rng.randrange(256)))
            return bytes(bent)


def _of_package(data: bytes, rng: random.Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = [(entry.filename, package.read(entry)) for entry in package.infolist()]
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        OSError,
        struct.error,
    ):
        return _of_bytes(data, rng)
    if not parts:
        return _of_bytes(data, rng)
    at = rng.randrange(len(parts))
    name, content = parts[at]
    match rng.randrange(14):
        case 0:
            del parts[at]
        case 1:
            parts.append((rng.choice((name, name.upper(), name.replace("/", "\\"), "/" + name)), rng.choice(parts)[1]))
        case 2:
            parts[at] = rng.choice(NAMES), content
        case 3:
            parts[at] = name, rng.choice(parts)[1]
        case 4:
            return _bent_directory(packed(parts, rng), rng)
        case 5:
            parts[at] = name, _of_bytes(content, rng)
        case _:
            xml = [n for n, part in enumerate(parts) if part[0].endswith((".xml", ".rels", ".vml"))] or [at]
            at = rng.choice(xml)
            parts[at] = parts[at][0], _of_xml(parts[at][1], rng)
    return packed(parts, rng)


def packed(parts: list[tuple[str, bytes]], rng: random.Random) -> bytes:
    """The parts as a package again, packed in one of the ways there are."""
    stream = io.BytesIO()
    way = rng.choice((*[zipfile.ZIP_DEFLATED] * 20, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(stream, "w", way, allowZip64=True) as package:
        for name, content in parts:
            entry = zipfile.ZipInfo(name[:60_000], (1980 + rng.randrange(50), 1, 1, 0, 0, 0))
            try:
                with warnings.catch_warnings():  # two parts of one name
                    warnings.simplefilter("ignore")
                    package.writestr(entry, content, way)
            except (ValueError, UnicodeError):  # a name that no zip file can hold
                continue
        package.comment = rng.choice((*[b""] * 40, "注".encode(), b"PK\5\6", b"PK\1\2" * 9))
    return stream.getvalue()


def _bent_directory(data: bytes, rng: random.Random) -> bytes:
    """One field of one record of the zip file itself is made to lie."""
    records = [match.start() for match in re.finditer(b"PK(?:\x01\x02|\x03\x04|\x05\x06)", data)]
    at = rng.choice(records)
    field, size = rng.choice(
        (
            (4, 2),
            (6, 2),
            (8, 2),
            (10, 2),
            (12, 4),
            (14, 4),
            (16, 4),
            (18, 4),
            (20, 4),
            (22, 4),
            (24, 4),
            (26, 2),
            (28, 2),
            (30, 2),
            (42, 4),
        )
    )
    number = rng.choice((0, 1, 8, 9, 12, 99, 0x0801, 0xFFFF, 0xFFFFFFFF, rng.randrange(1 << 16), len(data), at))
    return data[: at + field] + number.to_bytes(8, "little")[:size] + data[at + field + size :]


def _of_xml(data: bytes, rng: random.Random) -> bytes:
    tokens = _TOKEN.findall(data)
    if len(tokens) < 3:
        return _of_bytes(data, rng)
    at = rng.randrange(len(tokens))
    nasty = rng.choice(NASTY).encode()
    match rng.randrange(22):
        case 0:
            del tokens[at]
        case 1:
            tokens.insert(rng.randrange(len(tokens)), tokens[at])
        case 2:
            other = rng.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        case 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10:
            tags = [n for n, token in enumerate(tokens) if _ATTRIBUTE.search(token)]
            if tags:
                at = rng.choice(tags)
                found = rng.choice(list(_ATTRIBUTE.finditer(tokens[at])))
                new = rng.choice((b"", found[1] + found[2] + nasty + found[2], found[1] + found[2] + nasty + found[2]))
                tokens[at] = tokens[at][: found.start()] + new + tokens[at][found.end() :]
        case 11 | 12:
            texts = [n for n, token in enumerate(tokens) if not token.startswith(b"<")]
            if texts:
                tokens[rng.choice(texts)] = nasty
        case 13:
            tokens[at] = re.sub(
                rb"^(</?)([\w.:-]+)", rb"\1" + rng.choice((b"x:\\2", b"Xx", b"ext", b"\\2\\2")), tokens[at]
            )
        case 14:
            body = data.decode("utf-8", "replace")
            coding = rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "gb18030", "latin-1", "utf-7"))
            return body.encode(coding, "replace")
        case 15:
            coding = rng.choice((b"UTF-16", b"GBK", b"latin-1", b"utf-7", b"idna", b"rot13", b"cp037", b"x" * 9000))
            return (
                b'<?xml version="1.0" encoding="'
                + coding
                + b'"?>'
                + data[data.find(b"?>") + 2 if b"?>" in data[:200] else 0 :]
            )
        case 16:
            doctype = rng.choice(
                (
                    b'<!DOCTYPE x [<!ENTITY a "b">]>',
                    b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
                    b'<!DOCTYPE x [<!ENTITY a SYSTEM "http://198.51.100.7/">]>',
                    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
                )
            )
            tokens.insert(min(2, len(tokens)), doctype)
        case 17:
            deep = rng.choice((300, 5_000, 100_000))
            tokens.insert(at, b"<a>" * deep + (b"</a>" * deep if rng.random() < 0.7 else b""))
        case 18:
            many = rng.choice((50, 2_000, 50_000))
            tokens.insert(at, b"<a" + b"".join(b' a%d=""' % n for n in range(many)) + b"/>")
        case 19:
            tokens.insert(
                at,
                rng.choice(
                    (
                        b"<!--",
                        b"<![CDATA[",
                        b"<?x",
                        b"]]>",
                        b"-->",
                        b"&#0;",
                        b"&nbsp;",
                        b"\0",
                        b"\xff",
                        b"<!-- -- -->",
                        b'<![CDATA[<c r="A1"/>]]>',
                    )
                ),
            )
        case 20:
            start = rng.randrange(len(tokens))
            run = tokens[start : start + rng.randrange(1, 30)]
            times = min(rng.choice((1, 2, 50, 1000)), 1 + 8_000_000 // (1 + sum(map(len, run))))
            tokens[start:start] = run * times
        case _:
            start = rng.randrange(len(tokens))
            del tokens[start : start + rng.randrange(1, 40)]
    return b"".join(tokens)[:8_000_000]


# --- what the victims are


@cache
def seeds() -> Mapping[str, bytes]:
    """Workbooks of every kind that we read, as they come back."""
    import foreign_books
    import pens
    import test_annotate
    from submissions import returned
    from test_foreign import ODD, TAB
    from test_password import old_lock

    from xlreport.examine import examine, in_fresh_form
    from xlreport.report.annotated import marks, summary
    from xlreport.workbook.annotate import annotate
    from xlreport.workbook.book import read_book
    from xlreport.workbook.container import Container

    assert ODD
    seed = returned("01_seed_zhangjiagang_gxj_2020", "2019")
    told, container = in_fresh_form(examine(Path("a.xlsx"), data=seed))
    whole = read_book(Container(Path("a.xlsx"), seed))
    tabs, areas = foreign_books.tabs_of(whole), foreign_books.areas_of(whole)
    found = {
        "2019": seed,
        "2021": returned("04_suqian_2024", "2021"),
        "annotated": annotate(container, marks(told, "zh"), summary(told, "zh")),
        "xlsxwriter": pens.form(),
        "openpyxl": pens.office_form(),
        "xls": foreign_books.compound({"Workbook": foreign_books.xls(tabs, areas)}),
        "bare xls": foreign_books.xls(tabs, areas),
        "old xls": foreign_books.compound({"Book": foreign_books.xls(tabs, old=True)}),
        "ods": foreign_books.ods(tabs, areas),
        "xlsb": foreign_books.xlsb(tabs, areas),
        "odd xls": foreign_books.compound({"Workbook": foreign_books.xls([TAB])}),
        "odd ods": foreign_books.ods([TAB]),
        "odd xlsb": foreign_books.xlsb([TAB]),
        "archive": foreign_books.zipped(
            {"a/表.xlsx": seed, "b.xls": foreign_books.compound({"Workbook": foreign_books.xls([TAB])})}
        ),
        "locked xls": old_lock("x"),
        **{f"hand-made {name}": data for name, data in test_annotate.STRANGE.items()},
    }
    try:
        from msoffcrypto.format.ooxml import OOXMLFile
    except ImportError:
        return found
    locked = io.BytesIO()
    OOXMLFile(io.BytesIO(seed)).encrypt("x", locked)
    return found | {"locked": locked.getvalue()}


# --- what is done to them


class TooLong(BaseException):
    """More processor time than a clerk should wait."""


def undergo(data: bytes) -> str:
    """All that our commands do with a file; how it ended. Whatever else is raised is a fault of ours."""
    from xlreport.examine import Examined, Trouble, examine, in_fresh_form
    from xlreport.report.annotated import marks, summary
    from xlreport.report.json import document
    from xlreport.report.text import report
    from xlreport.workbook.annotate import Mark, Tone, annotate, is_annotated, strip
    from xlreport.workbook.bundle import open_bundle
    from xlreport.workbook.container import Container, Unreadable
    from xlreport.workbook.package import Package
    from xlreport.workbook.tabs import Workbook

    path = Path("表.xlsx")

    def told(one: Examined) -> None:
        for lang in ("zh", "en"):
            assert not re.search(
                r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]", report([one], lang)
            )
        document([one])
        if one.trouble is not None and "was" in one.trouble.facts:
            raise AssertionError(f"caught by the last net: {one.trouble.facts['was']}")

    def whole(annotated: bytes, before: bytes) -> None:
        again = Container(path, annotated)
        assert is_annotated(again)
        restored, old = Container(path, strip(again)), Container(path, before)
        assert restored.names() == old.names()
        for mine, theirs in zip(restored.entries, old.entries, strict=True):
            assert (mine.CRC, mine.file_size) == (theirs.CRC, theirs.file_size), mine.filename

    one = examine(path, data=data, password="x")  # noqa: S106
    told(one)
    outcome = one.trouble.reason if one.trouble else one.status.value
    if one.reading is not None and one.findings:
        one, container = in_fresh_form(one)
        wanted = marks(one, "zh"), summary(one, "zh")
        was_marked = one.round is not None
        try:
            annotated = annotate(container, *wanted)
        except Unreadable as error:
            told(Examined(path, one.status, trouble=Trouble(error.reason, dict(error.facts))))
            outcome = f"pen: {error.reason}"
        else:
            whole(annotated, strip(container))
            if not was_marked:  # of marks that were damaged some ids may stay behind
                assert annotate(Container(path, annotated), *wanted) == annotated
    try:
        container = Container(path, data)
        part = container.document()
    except Unreadable:
        bundle = open_bundle(path, data)
        for member in bundle.members if bundle else ():
            try:
                content = bundle.content(member)
            except Unreadable:
                continue
            told(examine(Path(member.name), data=content))
        return outcome
    try:
        before = strip(container)
        sheets = Workbook.of(Package(Container(path, before)), part).worksheets()
        spots = [Mark(name, row, row, Tone.ERROR, ("错",)) for name in sheets for row in (0, 3)]
        if spots:
            whole(annotate(container, spots, None), before)
    except Unreadable as error:
        told(Examined(path, one.status, trouble=Trouble(error.reason, dict(error.facts))))
        return f"{outcome}, pen: {error.reason}"
    return outcome


def guard() -> None:
    """From now on this process may open no connection, start no program and write no file."""

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event in {
            "socket.connect",
            "socket.getaddrinfo",
            "subprocess.Popen",
            "os.system",
            "os.exec",
            "os.posix_spawn",
        }:
            raise AssertionError(f"{event} {arguments}")
        if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
            raise AssertionError(f"written: {arguments}")

    sys.addaudithook(watch)


def within_limits(work: Callable[[], str]) -> str:
    """Run something within the processor time and memory it may take."""

    def stop(*_: object) -> None:
        raise TooLong

    old = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, old)


def limit_memory(room: int = MEMORY) -> None:
    """Let this process take so much more than it has now."""
    import resource

    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + room, size + room))


def victim(seed: int) -> tuple[str, bytes]:
    """The file with this number: always the same one."""
    rng = random.Random(seed)
    name = rng.choice(sorted(seeds()))
    return name, mutated(seeds()[name], rng)


def stretch(first: int, count: int, say: Callable[[int, str, str], None]) -> Counter[str]:
    """So many victims; `say` is told of those that broke something."""
    outcomes: Counter[str] = Counter()
    for seed in range(first, first + count):
        name, data = victim(seed)
        try:
            outcomes[within_limits(lambda data=data: undergo(data))] += 1
        except (Exception, TooLong):  # noqa: BLE001
            outcomes["BROKEN"] += 1
            say(seed, name, traceback.format_exc())
    return outcomes


def main() -> None:
    """Run in children of a few hundred files each, so that one that dies is told as well."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "hostile")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    seeds()
    undergo(seeds()["2019"])
    undergo(seeds()["ods"])
    log = (given.out / "log.txt").open("a", encoding="utf-8")
    first = given.seed * 10_000_000
    total: Counter[str] = Counter()
    while sum(os.times()[2:4]) < given.minutes * 60:
        receiver, sender = os.pipe()
        child = os.fork()
        if not child:
            os.close(receiver)
            guard()
            limit_memory()

            def say(seed: int, name: str, text: str) -> None:
                log.write(f"=== {seed} {name}\n{text}\n")
                log.flush()

            outcomes = stretch(first, 300, say)
            os.write(sender, repr(dict(outcomes)).encode())
            os._exit(0)
        os.close(sender)
        with os.fdopen(receiver, "rb") as stream:
            told = stream.read()
        _, status = os.waitpid(child, 0)
        if status or not told:
            log.write(f"=== {first}+300 died with {status}\n")
            log.flush()
        else:
            import ast

            total.update(ast.literal_eval(told.decode()))
        first += 300
        (given.out / "state.txt").write_text(
            f"{time.strftime('%H:%M:%S')} cpu {sum(os.times()[2:4]) / 60:.1f} min, {sum(total.values())} files\n"
            + "\n".join(f"{count:8} {name}" for name, count in total.most_common()),
            encoding="utf-8",
        )


if __name__ == "__main__":
    root = Path(__file__).resolve().parent
    sys.path[:0] = [str(root), str(root.parent)]
    main()
