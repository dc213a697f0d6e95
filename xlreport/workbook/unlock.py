"""Opening a workbook that asks for a password, in memory. Needs msoffcrypto-tool (the extra `crypto`).

Neither the password nor what was locked is written to a disk or a log.
"""

from __future__ import annotations

import re
import struct
from io import BytesIO
from typing import Any

from xlreport.workbook.compound import Compound
from xlreport.workbook.unreadable import Unreadable

_UNASKED = "VelvetSweatshop"  # what Excel itself tries: workbooks locked with it open without a question
_ROUNDS = 1_000_000  # of hashing a password; Excel, WPS and LibreOffice do 100,000
_HEADER = 65_536  # bytes that say how a package is locked; a few thousand are usual
_OBFUSCATED = 8_000_000  # bytes of the oldest kind of lock, which is opened byte by byte
_FILEPASS, _TAB = 0x2F, 0x85
_OPEN_RECORDS = frozenset({0x809, _FILEPASS, 0x194, 0x195, 0xE1, 0x196, 0x138})


def unlock(data: bytes, password: str) -> bytes:
    """What a locked workbook holds: a package, or the bare stream of an .xls. Raises `Unreadable`.

    The reason is "encrypted" without a password that could open it, "wrong-password", "no-crypto" where the library
    is not there, "encryption" for a kind of lock that is not known.
    """
    try:
        return _opened(data, password)
    except Unreadable as error:
        if password:
            raise
        raise Unreadable("encrypted") from error  # nobody asked for more than that


def _opened(data: bytes, password: str) -> bytes:
    compound = Compound(data)
    info = compound.stream("EncryptionInfo")
    stream = None if info is not None else compound.stream("Workbook")
    if info is not None:
        _check(info)
    elif stream is None:
        raise Unreadable("encryption")
    try:
        import msoffcrypto.format  # noqa: F401
    except ImportError as error:
        raise Unreadable("no-crypto") from error
    _silence()
    for word in (password, _UNASKED):
        content = None
        if word:
            content = _package(data, word) if stream is None else _stream(data, stream, word)
        if content is not None:
            return content
    raise Unreadable("wrong-password")


def _check(info: bytes) -> None:
    """Refuse what would keep the library busy for minutes."""
    rounds = re.findall(rb"spinCount\s*=\s*[\"'](\d+)", info)
    if len(info) > _HEADER or b"<!DOCTYPE" in info or any(len(r) > 9 or int(r) > _ROUNDS for r in rounds):
        raise Unreadable("encryption")


def _silence() -> None:
    """The library would write the password to a log that is set to take everything."""
    import logging

    logging.getLogger("msoffcrypto").setLevel(logging.WARNING)


def _package(data: bytes, password: str) -> bytes | None:
    """The package inside, None if this is not its password."""
    from msoffcrypto.exceptions import InvalidKeyError
    from msoffcrypto.format.ooxml import OOXMLFile

    opened = BytesIO()
    try:
        book = OOXMLFile(BytesIO(data))
        book.load_key(password=password, verify_password=True)
        book.decrypt(opened)
    except InvalidKeyError:
        return None
    except Exception as error:  # a library over a stranger's bytes: whatever it stumbles on is the file's fault
        raise Unreadable("encryption") from error
    return opened.getvalue()


def _stream(data: bytes, stream: bytes, password: str) -> bytes | None:
    """The records of a locked .xls, None if this is not its password."""
    from msoffcrypto.exceptions import InvalidKeyError
    from msoffcrypto.format.xls97 import Xls97File

    try:
        book = Xls97File(BytesIO(data))
        book.load_key(password=password)
        # Not book.decrypt: it keeps what it opened in a temporary file.
        return _without_lock(stream, _decrypted(book, stream))
    except InvalidKeyError:
        return None
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("encryption") from error


def _decrypted(book: Any, stream: bytes) -> bytes:
    """The stream with every byte decrypted, those too that never were encrypted."""
    from msoffcrypto.method.rc4 import DocumentRC4
    from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI
    from msoffcrypto.method.xor_obfuscation import DocumentXOR

    locked = BytesIO(stream)
    if book.type == "rc4":
        opened = DocumentRC4.decrypt(book.key, book.salt, locked, blocksize=1024)
    elif book.type == "rc4_cryptoapi":
        opened = DocumentRC4CryptoAPI.decrypt(book.key, book.salt, book.keySize, locked, blocksize=1024)
    elif len(stream) <= _OBFUSCATED:
        opened = DocumentXOR.decrypt(book.key, locked, _kinds(stream), [], 10)
    else:
        raise Unreadable("encryption")
    return bytes(opened.getvalue())


def _open_bytes(kind: int, size: int) -> int:
    """How many bytes of a record's content are not encrypted: all of some, the first four of a tab's."""
    return size if kind in _OPEN_RECORDS else 4 if kind == _TAB else 0


def _kinds(stream: bytes) -> list[int]:
    """For each byte whether it is encrypted, as the library's oldest method wants it: -1, -2 for a tab's name."""
    kinds: list[int] = []
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        size = min(size, len(stream) - at - 4)
        plain = min(_open_bytes(kind, size), size)
        kinds += [0] * (4 + plain) + [-2 if kind == _TAB else -1] * (size - plain)
        at += 4 + size
    return kinds + [0] * (len(stream) - len(kinds))


def _without_lock(stream: bytes, opened: bytes) -> bytes:
    """The decrypted stream, its headers as they were and the record that speaks of the lock made void."""
    result = bytearray(opened[: len(stream)].ljust(len(stream), b"\0"))
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        plain = at + 4 + min(_open_bytes(kind, size), size)
        result[at:plain] = stream[at:plain]
        if kind == _FILEPASS:
            result[at : at + 2] = b"\0\0"
        at += 4 + size
    return bytes(result)
