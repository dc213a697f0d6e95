"""One sentence for a file that cannot be checked, and for a file that cannot be written."""

from __future__ import annotations

from collections.abc import Mapping

from xlreport.rules.sentence import Lang

_READING = {
    "missing": ("找不到文件。请核对文件名和路径。", "No such file. Check its name and folder."),
    "no-workbooks": ("文件夹里没有表格文件。", "There are no workbooks in this folder."),
    "cannot-read": (
        "系统读不出这个文件。请核对文件名和磁盘。",
        "The system cannot read this file. Check its name and the disk.",
    ),
    "no-file": (
        "这不是普通文件（是管道、设备一类），没有读取。请给出表格文件；从管道读取请用 -。",
        "This is no regular file (a pipe or a device) and was not read; name a workbook, or - for standard input.",
    ),
    "directory": ("这是文件夹，不是表格文件。", "This is a folder, not a workbook."),
    "no-permission": ("没有权限读取这个文件。", "No permission to read this file."),
    "empty": ("文件是空的（0 字节），多半是传输中断。请重新发送。", "The file is empty (0 bytes); send it again."),
    "encrypted": (
        "文件设了打开密码。请用 --password 给出密码，或取消密码后重新报送。",
        "The workbook is protected by a password to open; give it with --password or remove it.",
    ),
    "encrypted-here": (
        "文件设了打开密码，这里打不开。请先在 Excel 或 WPS 里取消密码。",
        "The workbook is protected by a password to open, which this command cannot ask for; remove it first.",
    ),
    "encrypted-zip": (
        "压缩包里的文件设了密码，没有读取。请解压后再核对。",
        "Packed with a password; it was not read. Unpack it first.",
    ),
    "encrypted-ods": (
        "这份 .ods 设了打开密码，无法读取。请取消密码后重新报送。",
        "An OpenDocument workbook with a password cannot be read; remove the password.",
    ),
    "wrong-password": ("密码不对，没有打开。", "The password is wrong; the workbook was not opened."),
    "no-crypto": (
        "打开有密码的表格需要另装一个组件：pip install 'xlreport[crypto]'。",
        "Workbooks with a password need one more package: pip install 'xlreport[crypto]'.",
    ),
    "encryption": (
        "文件的加密方式不认识或已损坏，无法打开。请取消密码后重新报送。",
        "The workbook is locked in a way that is not known, or is damaged; remove the password.",
    ),
    "archive-in-archive": ("压缩包里的压缩包没有打开。请解压后再核对。", "An archive in an archive; unpack it first."),
    "not-writable": (
        "这种格式只能读取，不能填写。请另存为 .xlsx。",
        "This format is read but not written; save it as .xlsx.",
    ),
    "lock-file": (
        "这是 Excel 或 WPS 打开表格时的临时文件，不是表格。",
        "A lock file that Excel or WPS keeps while a workbook is open; it is no workbook.",
    ),
    "word": (
        "这是 Word 文档，不是 Excel 表格（只改了后缀）。请另存为 .xlsx。",
        "This is a Word document under a workbook's name; save its table as .xlsx.",
    ),
    "powerpoint": ("这是 PowerPoint 文件，不是 Excel 表格。", "This is a PowerPoint file, not a workbook."),
    "link": (
        "这是快捷方式（链接），没有读取。请把文件本身放进来。",
        "A link; it was not followed. Put the file itself here.",
    ),
    "too-old": (
        "这是 Excel 4.0 或更早的格式。请用 Excel 或 WPS 另存为 .xlsx 后再核对。",
        "A workbook of Excel 4 or earlier; save it as .xlsx.",
    ),
    "xml-2003": (
        "这是“XML 表格 2003”格式。请用 Excel 或 WPS 另存为 .xlsx 后再核对。",
        "An XML Spreadsheet 2003; save it as .xlsx.",
    ),
    "truncated": (
        "文件不完整或已损坏，多半是传输中断。请重新发送。",
        "The file is truncated or damaged; send it again.",
    ),
    "damaged": (
        "文件已损坏。请在 Excel 或 WPS 中打开、修复并另存后重新报送。",
        "The file is damaged; repair and save it.",
    ),
    "bad-xml": (
        "文件内容已损坏，读不出来。请在 Excel 或 WPS 中打开并另存一次。",
        "The file's content is damaged; open it in Excel or WPS and save it once.",
    ),
    "too-big": ("文件过大，超过读取上限，不像是填报表。", "The file exceeds the limits for reading."),
    "ratio": ("文件的压缩比异常，出于安全没有读取。", "The file is packed suspiciously tight; refused for safety."),
    "too-many-entries": ("文件内部条目过多，不像是填报表。", "The package has too many parts."),
    "too-much-packed": (
        "压缩包里大的表太多，这一份没有读。请解压后核对整个文件夹。",
        "The archive holds too many large workbooks to read this one; unpack it and check the folder.",
    ),
    "too-deep": ("文件内部嵌套过深，不像是正常的表格。", "The file is nested too deeply."),
    "doctype": ("文件含有不允许的声明（DOCTYPE），出于安全没有读取。", "The file has a DOCTYPE; refused for safety."),
    "no-workbook": ("文件里没有工作簿，不是 Excel 表格。", "There is no workbook in this file."),
    "no-sheets": ("工作簿里没有工作表。", "The workbook has no worksheets."),
    "namespace": ("工作簿用了不认识的格式，没有读取。", "The workbook uses an unknown format."),
    "overlapping": ("文件内部结构异常，出于安全没有读取。", "The package's entries overlap; refused for safety."),
    "not-excel-zip": (
        "这不是 Excel 表格（.xlsx），而是压缩包，里面也没有表格文件。请核对文件。",
        "This is not an Excel workbook (.xlsx) but a zip file, and there are no workbooks in it.",
    ),
    "not-excel-html": (
        "这不是 Excel 表格，而是网页（只用了表格的后缀）。请在 Excel 或 WPS 中打开，另存为 .xlsx。",
        "This is not an Excel workbook but a web page under its name; open it and save it as .xlsx.",
    ),
    "not-excel": (
        "这不是 Excel 表格（.xlsx）。请核对文件。",
        "This is not an Excel workbook (.xlsx). Check which file was meant.",
    ),
}
_LIMITS = {
    "file": ("文件字节数", "bytes of the file"),
    "entries": ("文件内条目数", "entries in the file"),
    "total": ("解压后总字节数", "bytes unpacked"),
    "part": ("单个部件解压后字节数", "bytes of one part unpacked"),
    "ratio": ("压缩比", "the packing ratio"),
    "depth": ("嵌套层数", "elements inside one another"),
    "attributes": ("一个标记的属性数", "attributes of one tag"),
    "run": ("一个标记或一段文字的字节数", "bytes of one tag or text"),
    "tags": ("标记数", "tags"),
    "frame": ("单元格以外的标记数", "tags around the cells"),
    "cells": ("单元格数", "cells"),
    "members": ("压缩包内各表超出 1 MB 部分的合计字节数", "bytes of the archive's workbooks beyond a megabyte each"),
}
SIGNED = (
    "原表有数字签名；副本改动过，签名在副本上失效，原表上的仍然有效。",
    "The workbook is digitally signed; the signature holds for the original and is void on the copy.",
)
_WRITING = {
    "no-space": ("磁盘空间不足，没有写入。", "No space left on the disk; nothing was written."),
    "read-only": ("文件夹是只读的，没有写入。", "The folder is read-only; nothing was written."),
    "in-use": (
        "文件正被 Excel 或 WPS 打开。请关闭后重试。",
        "The file is open in another program; close it and try again.",
    ),
    "folder": ("这是文件夹，不是文件名。请写明文件名。", "This is a folder; name a file in it."),
    "long-name": (
        "文件名过长，没有写入。请缩短文件名。",
        "The file name is too long; nothing was written. Shorten it.",
    ),
    "no-folder": ("文件夹不存在，没有写入。", "No such folder; nothing was written."),
    "no-file": (
        "这是设备或管道，不是文件，没有写入。请写明文件名。",
        "This is a device or a pipe and no file; nothing was written. Name a file.",
    ),
    "not-a-folder": ("这是一个文件，不是文件夹。", "This is a file, not a folder."),
    "permission": ("没有写入权限。", "No permission to write."),
    "other": ("写入失败。", "Writing failed."),
}


def reading_trouble(reason: str, facts: Mapping[str, object], lang: Lang, *, asks: bool = True) -> str:
    """Why a file could not be checked; `asks` where the command takes a password."""
    zh = lang == "zh"
    if reason == "not-a-form":
        closest = facts.get("closest")
        hint = ""
        if isinstance(closest, tuple) and closest[1] >= 0.2:
            hint = (
                f"（与 {closest[0]} 有 {closest[1]:.0%} 的栏目相同）"
                if zh
                else f" ({closest[1]:.0%} of its headings are those of {closest[0]})"
            )
        if facts.get("said"):
            return (
                f"这张表说自己是 {facts['said']}，但没有这样的报表定义。"
                if zh
                else f"The workbook says it is {facts['said']}, of which there is no definition."
            )
        return f"认不出是哪一张报表{hint}。请用下发的表格填报。" if zh else f"Not a form that is known{hint}."
    kind = facts.get("kind") or ("here" if reason == "encrypted" and not asks else None)
    pair = _READING.get(f"{reason}-{kind}") or _READING.get(reason, _READING["not-excel"])
    return pair[0 if zh else 1] + _limit(facts, zh=zh)


def _limit(facts: Mapping[str, object], *, zh: bool) -> str:
    """Which limit it was, and how to raise it for a file that is honest."""
    what, limit = str(facts.get("what", "")), facts.get("limit")
    if what not in _LIMITS or not isinstance(limit, int):
        return ""
    words = _LIMITS[what][0 if zh else 1]
    return (
        f"（{words}上限 {limit:,}；确是正常文件的，可设环境变量 XLREPORT_LIMITS={what}=… 放宽。）"
        if zh
        else f" (Limit of {words}: {limit:,}; for an honest file raise it with XLREPORT_LIMITS={what}=….)"
    )


def writing_trouble(reason: str, lang: Lang) -> str:
    """Why a file could not be written."""
    pair = _WRITING.get(reason, _WRITING["other"])
    return pair[0 if lang == "zh" else 1]
