"""What a fresh round holds in words: its settings with remarks, and the letters that the clerk may rewrite.

The first line of a letter is its subject. `{…}` is filled in for each unit; `FIELDS` are the names there are.
"""

from __future__ import annotations

FIELDS = (
    *("unit", "code", "contact", "form", "period", "deadline", "due"),
    *("office", "phone", "findings", "count", "state"),
)
# What `due` says: before the last day, after it, and where none was set.
DUE = {
    "before": ("请于{day}前报送", "Please send it by {day}"),
    "after": ("报送期限（{day}）已过，请尽快报送", "It was due by {day}; please send it without delay"),
    "open": ("请尽快报送", "Please send it soon"),
}

SETTINGS = """\
# 一轮收表的设置，可以用记事本修改；改完下一条命令就生效。 The settings of this round; edit them as you like.
form = {form}
period = {period}
office = {office}        # 收表单位，写在信尾 who collects, as letters are signed
total = {total}         # 汇总表的填报单位 the unit's name on the total
level = {level}         # 汇总单位的层级 its level
phone = ""
{deadline}     # 截止日期 the last day
{previous}   # 上年这一轮的文件夹，用来核对结转 last year's round
templates = {templates}        # 另外的报表定义文件夹 further folders of definitions

[mail]
# 密码或授权码不写在这里：用 XLREPORT_MAIL_PASSWORD、系统钥匙串（pip install "xlreport[mail]"）或发送时输入。
# No password here: give it in XLREPORT_MAIL_PASSWORD, in the system's keyring, or when asked.
# provider = "qq"      # qq、163、126、exmail、outlook；其他邮箱写 host、port、security、imap
# address = "office@example.gov.cn"
# user = ""            # 登录名，默认同 address
# host = "smtp.example.gov.cn"
# port = 465
# security = "ssl"     # ssl 或 starttls
# imap = "imap.example.gov.cn"
# per_day = 100        # 一天最多发多少封 how many a day
# per_minute = 10
"""

_ISSUE_ZH = """\
关于报送{period}年{form}的通知（{unit}）
{unit}：

　　请填写附件中的《{form}》，直接回复本邮件，把填好的表作为附件寄回；{due}。

　　1. 附件是专为贵单位生成的，请不要用其他单位或往年的表。
　　2. 没有发生的填 0，不要留空；表中会提示勾稽关系是否成立。
　　3. 文件名和邮件主题可以随意，不影响接收。

{office}
{phone}
"""
_REMIND_ZH = """\
催报：{period}年{form}（{unit}）
{unit}：

　　贵单位的《{form}》{state}，{due}。附件是贵单位的表格，请填好后直接回复本邮件寄回。
　　如已寄出，请与我们联系。

{office}
{phone}
"""
_REPLY_ZH = """\
退回修改：{period}年{form}（{unit}），{count}处
{unit}：

　　贵单位报来的《{form}》已收到并核对，有以下问题：

{findings}

　　附件是贵单位的原表，问题已标在有关的格子里，第一页“检查结果”点“位置”可以跳到。请在这份表上改好后直接寄回，不必删除标注。
　　警告确有原因的，请在“检查结果”最后一列“情况说明”中写明。

{office}
{phone}
"""
_ISSUE_EN = """\
{form} {period}: please report ({unit})
To {unit},

Please fill in the attached form and send it back as an attachment to your answer. {due}.

1. The workbook was made for your unit; please do not use another unit's or last year's.
2. Where nothing happened, enter 0; the form tells whether its relations hold.
3. File name and subject do not matter.

{office}
{phone}
"""
_REMIND_EN = """\
Reminder: {form} {period} ({unit})
To {unit},

Your report {state}. {due}. Your workbook is attached.

{office}
{phone}
"""
_REPLY_EN = """\
Please correct: {form} {period} ({unit}), findings: {count}
To {unit},

Your report has arrived and was checked:

{findings}

Attached is your own workbook with every place marked; its first sheet leads to each. Correct it there and send it
back; the marks need not be removed. What a warning has a reason for can be explained in the last column.

{office}
{phone}
"""

LETTERS = {
    "issue.zh.txt": _ISSUE_ZH,
    "remind.zh.txt": _REMIND_ZH,
    "reply.zh.txt": _REPLY_ZH,
    "issue.en.txt": _ISSUE_EN,
    "remind.en.txt": _REMIND_EN,
    "reply.en.txt": _REPLY_EN,
}

STATES = {
    "missing": ("尚未收到", "has not arrived"),
    "error": ("还有错误没有改正", "still has errors"),
    "warning": ("已收到，还有需要核对的地方", "has arrived; some of it is to be checked"),
    "waived": ("已收到", "has arrived"),
    "clean": ("已收到", "has arrived"),
}
