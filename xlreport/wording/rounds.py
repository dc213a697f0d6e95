"""Every sentence about a round: what is wrong with it, how a unit stands, what became of a file."""

from __future__ import annotations

from collections.abc import Mapping

from xlreport.rules.sentence import Lang

PROBLEMS: Mapping[str, tuple[str, str]] = {
    "roster-empty": ("花名册里没有单位。", "The roster has no units."),
    "roster-missing": ("找不到花名册 {path}。", "No roster {path}."),
    "roster-encoding": (
        "花名册的编码认不出来。请另存为 UTF-8 的 CSV 或 .xlsx。",
        "The roster's encoding is not known; save it as UTF-8 CSV or .xlsx.",
    ),
    "roster-csv": ("花名册第 {line} 行的引号不成对。", "Roster line {line}: a quotation mark is missing."),
    "roster-unreadable": (
        "花名册读不出来（{trouble}）。请另存为 .xlsx 或 CSV。",
        "The roster cannot be read ({trouble}); save it as .xlsx or CSV.",
    ),
    "roster-reports": (
        "花名册第 {line} 行：是否填报写成了“{value}”，请写“是”或“否”。",
        "Roster line {line}: whether it reports is {value!r}; write yes or no.",
    ),
    "roster-two": (
        "这一轮的文件夹里有几份花名册（{files}），不知以哪一份为准。请只留一份。",
        "There are several rosters in the folder ({files}); keep one.",
    ),
    "roster-column": ("花名册没有“{column}”一列。", "The roster has no column {column!r}."),
    "roster-blank": ("花名册第 {line} 行没有{column}。", "Roster line {line}: no {column}."),
    "roster-heading-twice": (
        "花名册有两列都叫“{column}”，不知以哪一列为准。请只留一列。",
        "The roster has two columns called {column!r}; keep one.",
    ),
    "roster-overflow": (
        "花名册第 {line} 行比表头多出一列（“{value}”）。含逗号的内容要加引号。",
        "Roster line {line} is longer than the headings ({value!r}); what has a comma in it needs quotation marks.",
    ),
    "roster-digits": (
        "花名册第 {line} 行的{column}（{value}）存成了数值，超过 15 位的部分已经不准。请把这一列设为文本后重新填写。",
        "Roster line {line}: the {column} ({value}) is kept as a number, of which only 15 digits are true; make it text.",
    ),
    "roster-formula": (
        "花名册第 {line} 行的{column}是公式，文件里没有存它的结果。请在 Excel 或 WPS 里打开、另存一次。",
        "Roster line {line}: the {column} is a formula whose result is not in the file; open and save it in Excel.",
    ),
    "roster-error": (
        "花名册第 {line} 行的{column}是公式错误 {value}。",
        "Roster line {line}: the {column} is the error {value}.",
    ),
    "roster-long": ("花名册第 {line} 行的{column}太长。", "Roster line {line}: the {column} is too long."),
    "level": (
        "报表没有单位层级“{level}”。可选：{known}。",
        "The form has no level {level!r}; choose from {known}.",
    ),
    "roster-level": (
        "花名册第 {line} 行：没有单位层级“{level}”。可选：{known}。",
        "Roster line {line}: no level {level!r}; choose from {known}.",
    ),
    "roster-address": (
        "花名册第 {line} 行：“{address}”不是邮件地址。",
        "Roster line {line}: {address!r} is not a mail address.",
    ),
    "roster-twice-code": (
        "花名册第 {line} 行：单位代码 {value} 与第 {first} 行重复。",
        "Roster line {line}: code {value} stands in line {first} already.",
    ),
    "roster-twice-name": (
        "花名册第 {line} 行：“{value}”与第 {first} 行重名；收表要靠名称认单位，请写全称。",
        "Roster line {line}: {value!r} stands in line {first} already; names must differ.",
    ),
    "roster-parent": (
        "花名册第 {line} 行：{unit}的上级单位 {value} 不在花名册里。",
        "Roster line {line}: the parent {value} of {unit} is not on the roster.",
    ),
    "roster-code-changed": (
        "花名册：{unit}的代码原来是 {was}，现在是 {now}。它已经收过表或发过信，都记在 {was} 名下，一轮中间不能换代码；请改回 {was}"
        "（用 Excel 改过花名册的，看看是不是开头的 0 被去掉了）。",
        "Roster: the code of {unit} was {was} and is {now} now. What it reported and was sent is kept under {was}; a code"
        " stays for the whole round. Put {was} back (a spreadsheet may have dropped leading zeros).",
    ),
    "roster-circle": (
        "花名册第 {line} 行：{unit}绕一圈成了自己的上级。",
        "Roster line {line}: {unit} is above itself.",
    ),
    "settings-encoding": (
        "xlreport.toml 不是文本，或编码认不出来。请用记事本另存为 UTF-8。",
        "xlreport.toml is no text, or of an unknown encoding; save it as UTF-8.",
    ),
    "settings-toml": (
        "xlreport.toml 写法有误：{what}。文字要加引号，日期写成 2026-01-20，数字不加引号。",
        "xlreport.toml: {what}. Texts stand in quotation marks, a date is written 2026-01-20, numbers as they are.",
    ),
    "settings-line": (
        "xlreport.toml 第 {line} 行写法有误：{text}（{what}）。文字要加引号，日期写成 2026-01-20，数字不加引号。",
        "xlreport.toml, line {line}: {text} ({what}). Texts stand in quotation marks, a date is written 2026-01-20,"
        " numbers as they are.",
    ),
    "templates-missing": (
        "没有名为 {form} 的报表：xlreport.toml 的 templates 写的文件夹 {folders} 不在。移动过这一轮的文件夹的，请改正这一行。",
        "No form named {form}: the folder {folders} that `templates` in xlreport.toml names is not there. Where the round"
        " was moved, put that line right.",
    ),
    "settings-key": (
        "xlreport.toml 没有“{key}”这一项。可用：{known}。",
        "xlreport.toml has no {key!r}; there are {known}.",
    ),
    "settings-value": (
        "xlreport.toml 的 {key} 不是合适的值，应写成 {like} 的样子。",
        "xlreport.toml: {key} has a value that does not fit; write it like {like}.",
    ),
    "settings-missing": ("xlreport.toml 缺 {key}。", "xlreport.toml needs {key}."),
    "settings-password": (
        "xlreport.toml 里不能写密码（{key}）：这个文件谁都看得到。请删去，用 XLREPORT_MAIL_PASSWORD、系统钥匙串或发送时输入。",
        "No password in xlreport.toml ({key}): anybody can read it. Use XLREPORT_MAIL_PASSWORD, the keyring or the prompt.",
    ),
    "settings-provider": (
        "没有邮箱服务商“{value}”。可选：{known}；其他邮箱请写 host 和 port。",
        "No provider {value!r}; choose from {known}, or give host and port.",
    ),
    "settings-address": ("“{value}”不是邮件地址。", "{value!r} is not a mail address."),
    "settings-security": ("security 只能是 {known}，不是“{value}”。", "`security` is one of {known}, not {value!r}."),
    "settings-in-clear": (
        '{host}：不加密的连接会泄露密码，只用于本机。请写 security = "ssl" 或 "starttls"。',
        "{host}: without encryption the password could be read; that is for this machine only.",
    ),
    "no-round": (
        "{folder} 里没有一轮收表（xlreport.toml）。先用 xlreport round new 建立。",
        "{folder} holds no round (xlreport.toml); make one with `xlreport round new`.",
    ),
    "round-exists": ("{folder} 里已经有一轮收表了。", "{folder} holds a round already."),
    "previous-form": (
        "{folder} 收的是 {form}，不是本轮的 {wanted}，不能当作上年一轮；请改正 xlreport.toml 的 previous。",
        "{folder} collects {form} and not {wanted}: it is not last year's round (`previous` in xlreport.toml).",
    ),
    "no-previous": (
        "找不到上年一轮的文件夹 {folder}（xlreport.toml 的 previous）。移动过的，在 previous 里写明现在的位置；"
        "已经没有的，把 previous 改为空，已取来的上年数仍在登记簿里。",
        "Last year's round {folder} is not there (`previous` in xlreport.toml). Where it was moved, write where it is"
        " now; where it is gone, leave `previous` empty: what was taken over from it stays in the register.",
    ),
    "form": ("{what}", "{what}"),
    "register-busy": (
        "登记簿 {path} 正被另一个命令占用，什么也没有改；请稍后再运行一次。",
        "The register {path} is in use by another command; nothing was changed. Run it again later.",
    ),
    "register-read-only": (
        "登记簿 {path} 只能读、不能写（文件夹只读或没有权限），什么也没有改。",
        "The register {path} can be read and not written (folder read-only, or no permission); nothing was changed.",
    ),
    "register-full": (
        "登记簿 {path} 写不进去（磁盘已满或读写出错），什么也没有改；请腾出空间后再运行一次。",
        "The register {path} cannot be written (the disk is full or fails); nothing was changed. Make room and run it"
        " again.",
    ),
    "register-unreadable": (
        "登记簿 {path} 打不开或已损坏。请用备份恢复。",
        "The register {path} cannot be opened or is damaged; restore it from a backup.",
    ),
    "register-newer": (
        "登记簿 {path} 是更新版本的 xlreport 建立的。请升级 xlreport。",
        "The register {path} was made by a newer xlreport.",
    ),
    "register-behind": (
        "round.log 记着 {since} 以来发出过 {count} 封信，登记簿里没有：登记簿多半是从较早的备份恢复的，再发就重复了。什么也没有发。"
        "请先收一遍来信（intake），再看“已发送”：已经发过的单位用 --only 单位 --draft 文件夹 写成草稿；最后运行 --settle sent，"
        "就可以发其余的。",
        "round.log tells of {count} messages sent since {since} that the register does not know: it was probably restored"
        " from an older backup, and they would go out twice. Nothing was sent. Take in the mail first (intake), and look"
        " into the Sent folder: write those that went out as drafts (--only UNIT --draft DIR), then run --settle sent;"
        " the rest can be sent after that.",
    ),
    "no-such-unit": ("花名册里没有“{value}”。", "No unit {value!r} on the roster."),
    "no-such-arrival": ("没有编号为 {number} 的留置文件。", "No file {number} is kept aside."),
    "arrival-lost": ("留置的文件 {file} 不见了。", "The file {file} is gone."),
    "arrival-year": (
        "编号 {number} 的文件是 {year} 年的报告，不能作为 {period} 年的接收。",
        "File {number} is a report for {year}; it cannot be accepted for {period}.",
    ),
    "arrival-whose": (
        "看不出编号 {number} 的文件是哪个单位的，请加 --unit 单位。",
        "Nothing tells whose file {number} is; say so with --unit UNIT.",
    ),
    "arrival-not-reporting": (
        "{unit}在花名册里不填报，下面也没有单位，接收了也不会计入汇总。要计入的，请先把花名册里的“是否填报”改为“是”。",
        "{unit} does not report by the roster and has no units below it; nothing of it would be counted. Where it is to"
        " count, let it report on the roster first.",
    ),
    "arrival-unfit": ("编号 {number} 的文件不是本轮的报表，不能接收。", "File {number} is not this round's form."),
    "report-lost": ("{unit}报来的原表不见了，不能标注。", "The workbook of {unit} is gone."),
    "same-file": (
        "{unit}和{other}的文件会重名，请在花名册里改一个单位代码。",
        "The files of {unit} and {other} would have one name; change a code on the roster.",
    ),
    "attachment-lost": ("{unit}的附件不见了。", "The attachment for {unit} is gone."),
    "letter-encoding": ("{name} 不是文本，请另存为 UTF-8。", "{name} is no text; save it as UTF-8."),
    "letter-empty": (
        "{name} 是空的，没有什么可以寄。请写好，或删去这个文件，用原来的文字。",
        "{name} is empty: there is nothing to be sent. Write it, or delete the file for the words there were.",
    ),
    "letter-field": ("{name} 里没有 {{{field}}} 这一项。可用：{known}。", "{name}: no {{{field}}}; there are {known}."),
    "ca-file": ("证书文件 {path} 读不出来。", "The certificate file {path} cannot be read."),
    "sending-already": ("另一个命令正在发送。", "Another command is sending at the moment."),
    "issuing-already": (
        "另一个命令正在生成表格，请稍后再试。",
        "Another command is making workbooks; try again later.",
    ),
    "mail-address": (
        "xlreport.toml 的 [mail] 没有写 address 和 host（或 provider）。",
        "[mail] in xlreport.toml needs `address` and `host` (or `provider`).",
    ),
    "no-password": (
        "没有邮箱密码。请设 XLREPORT_MAIL_PASSWORD，或在终端里运行以便输入。",
        "No mail password: set XLREPORT_MAIL_PASSWORD, or run in a terminal to be asked.",
    ),
    "imap-login": ("登录收件邮箱没有成功：{told}", "The mailbox did not let us in: {told}"),
    "imap-folder": ("收件邮箱打不开“{folder}”：{told}", "The mailbox does not open {folder!r}: {told}"),
    "imap-lost": (
        "与收件邮箱的连接断了：{told}。已收的都已登记，再运行一次即可。",
        "The mailbox hung up: {told}. Run again.",
    ),
    "waiver-incomplete": ("说明要写清原因和说明人。", "A waiver needs a reason and a name."),
    "waiver-no-report": ("{unit}还没有报表。", "{unit} has no report yet."),
    "waiver-no-finding": ("{unit}最近的报表里没有 {rule}。", "The last report of {unit} has no {rule}."),
    "waiver-not-there": (
        "{unit}最近的报表里没有已说明的 {rule}。",
        "Nothing of {rule} is explained in the last report of {unit}.",
    ),
    "waiver-hard": (
        "{rule} 是必须改正的错误，不能用说明代替。",
        "{rule} is an error that must be put right; it cannot be explained away.",
    ),
    "rollup-incomplete": (
        "有 {count} 个单位的数不在汇总里：{listed}。先催报或改正；确需先汇总的，加 --allow-missing，这些单位会列在汇总说明里（R702、R703）。",
        "Not in the total: {listed} (units: {count}). Chase them, or use --allow-missing; they are then listed in the"
        " workbook (R702, R703).",
    ),
    "rollup-nothing": (
        "没有一个单位的数可以汇总（{count} 个单位未报送、有错误或不能计入）。不生成全是 0 的汇总表。",
        "No unit can be added up ({count} are missing, wrong or cannot be included); no form of zeros is made.",
    ),
    "nothing-received": ("还没有收到任何报表。", "Nothing has been received yet."),
    "nothing-named": (
        "没有说从哪里接收：请写上文件夹、表格、.zip 或 .eml；收取邮箱加 --imap。",
        "Nothing to take in was named: give a folder, a workbook, a .zip or an .eml; --imap fetches the mailbox.",
    ),
    "no-source": ("没有 {path}。", "There is no {path}."),
    "missing-extra": (
        '这需要另装一个组件：pip install "xlreport[{extra}]"。',
        'This needs one more package: pip install "xlreport[{extra}]".',
    ),
    "bad-ending": ("“{file}”的后缀应是 {endings}。", "{file!r} must end in {endings}."),
    "own-folder": (
        "{path} 里有这一轮收表自己的文件夹（发下去的空表也在其中），不能整个接收；请指定收来的文件所在的文件夹。",
        "The round's own folder lies in {path}, with the blank forms that were issued; name the folder of what came in.",
    ),
    "own-file": (
        "{path} 是这一轮收表自己的文件，不能当作输出文件。",
        "{path} is one of the round's own files; write elsewhere.",
    ),
}

COLUMNS: Mapping[str, tuple[str, str]] = {
    "code": ("单位代码", "unit code"),
    "name": ("单位名称", "unit name"),
    "level": ("单位层级", "level"),
    "parent": ("上级单位代码", "parent unit"),
    "to": ("邮箱", "to"),
    "cc": ("抄送", "cc"),
    "contact": ("联系人", "contact"),
    "phone": ("电话", "phone"),
    "reports": ("是否填报", "reports"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "missing": ("未报送", "missing"),
    "error": ("有错误", "wrong"),
    "warning": ("有警告", "warnings"),
    "waived": ("已说明", "explained"),
    "clean": ("无问题", "clean"),
    "in": ("已计入", "included"),
    "wrong": ("有错误，未计入", "wrong, left out"),
    "edition": ("版式不符，未计入", "other edition, left out"),
    "blank": ("空表，未计入", "blank, left out"),
    "money": ("金额单位不符，未计入", "other unit of money, left out"),
    "total": ("自己的汇总数，只用来比较", "a total of its own, only compared"),
    "group": ("小计", "subtotal"),
    "idle": ("不填报", "does not report"),
    "group-empty": ("小计（无一计入）", "subtotal of nothing"),
}
SIGNS: Mapping[str, str] = {"missing": "○", "error": "×", "warning": "△", "waived": "◇", "clean": "√", "total": "＝"}

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "accepted": ("已接收", "accepted"),
    "duplicate": ("与已收的第 {detail} 版相同，不重复登记", "the same as version {detail}, not registered again"),
    "older": ("比已收的版本旧（同第 {detail} 版或保存在前），留置", "older than what is registered (version {detail}); kept aside"),
    "wrong-unit": ("表中的单位与发件人或封面不是一个单位（{detail}），留置", "the unit inside is not the sender's or the cover's ({detail}); kept aside"),
    "other-form": ("是另一张报表（{detail}），留置", "another form ({detail}); kept aside"),
    "other-period": ("是 {detail} 年的报告，留置", "a report for {detail}; kept aside"),
    "not-a-form": ("不是报表，留置", "not a form; kept aside"),
    "unreadable": ("读不出来（{detail}），留置", "cannot be read ({detail}); kept aside"),
    "no-attachment": ("邮件里没有表格，邮件留置", "no workbook in the message; the message is kept aside"),
    "not-kept": ("读不出来（{detail}），没有留存", "cannot be read ({detail}); nothing was kept"),
    "unknown-unit": ("填报单位“{detail}”不在花名册里，留置", "the unit {detail!r} is not on the roster; kept aside"),
    "unknown-sender": ("表中没有单位，发件人也不在花名册里，留置", "no unit inside, and the sender is not on the roster; kept aside"),
    "stranger": ("发件人 {detail} 不在花名册里，也不是回复我们的信，留置；核实后用 --accept 接收", "the sender {detail} is not on the roster and does not answer a message of ours; kept aside until --accept"),
    "two-in-one": ("同一封信里有该单位两份不同的报表，已登记的是前一份（第 {detail} 版），这一份留置，请核实以哪一份为准", "one message brought two different reports of this unit; the first is registered (version {detail}), this one is kept aside"),
    "two-at-once": ("与同时交来的“{detail}”是同一单位的两份不同报表，分不出先后，已登记的是“{detail}”，这一份留置，请核实以哪一份为准", "this and “{detail}”, handed in together, are two different reports of one unit and nothing tells which is newer; “{detail}” is registered, this one is kept aside"),
    "beside": ("随信附来的图片或文字，已留存", "a picture or text beside it in the message; kept"),
    "bounced": ("退信：寄给 {detail} 的邮件没有送到，退信留置；请核对花名册里的邮箱", "what was sent to {detail} was not delivered; the bounce is kept aside. Check the address on the roster"),
    "notice": ("自动回复或已读回执，不是报表，已留存", "an automatic answer or a receipt, no report; kept"),
    "own-mail": ("我们自己发出的信，已留存", "a message that we sent ourselves; kept"),
    "packed": ("是 rar、7z 一类的压缩包，这里打不开，留置；请解压后放进文件夹，或请对方用 zip 重发", "an archive (rar, 7z or the like) that is not opened here; kept aside. Unpack it into a folder, or ask for a zip"),
    "outlook-msg": ("是 Outlook 另存的 .msg 邮件，这里打不开，留置；请在 Outlook 里存成 .eml，或把附件存进文件夹", "a message saved by Outlook as .msg, not opened here; kept aside. Save it as .eml, or save its attachment"),
    "tnef": ("是 Outlook 的 winmail.dat，表格包在里面取不出来，留置；请对方改用“HTML”或“纯文本”格式重发", "a winmail.dat of Outlook, the workbook inside cannot be taken out; kept aside. Ask for it again as an HTML or plain text message"),
    "not-reporting": ("该单位不填报，留置", "this unit does not report; kept aside"),
    "dismissed": ("已定为不需要", "needed no more, as somebody said"),
    "own-total": ("是 {detail} 份报表的汇总表，不是本级自己的表；下级已经单独填报，计入就算了两遍，留置；请报本级的数", "a total of {detail} reports and not this unit's own; those below report themselves and would count twice. Kept aside; ask for its own figures"),
}  # fmt: skip
ASIDE: Mapping[str, tuple[str, str]] = {
    "fit": (
        "留置的文件（接收用 intake --accept 编号 --unit 单位，不需要的用 --dismiss 编号）",
        "Kept aside (intake --accept NO --unit UNIT, or --dismiss NO)",
    ),
    "unfit": (
        "不能接收的文件（请对方重发；不需要的用 intake --dismiss 编号）",
        "Files that cannot be accepted (ask for them again, or --dismiss NO)",
    ),
}
GONE = (
    "△ 登记簿里还有 {count} 个单位的报表，这些单位已不在花名册里，或已改为不填报，没有计入：{names}",
    "△ Units that have reported and need not by the roster of today: {count}; not included: {names}",
)
CHECKED_AGAIN = (
    "上年的报表有变动，与它重新核对了本年的 {count} 份报表，结果见 status。",
    "Last year's reports have changed: {count} of this year's were checked again; see status.",
)
REMARKS: Mapping[str, tuple[str, str]] = {
    "unknown-sender": ("发件人不在花名册里，按表中标记认定", "sender not on the roster; matched by what is inside"),
    "other-issue": ("表的编号与下发的不符", "its issue number is not the one that went out"),
    "two-at-once": (
        "与同时交来的“{detail}”是同一单位的两份不同报表，这一份保存时间较新，以这一份为准；那一份也留着",
        "this and “{detail}”, handed in together, are two different reports of one unit; this one was saved later and"
        " counts, the other is kept as the version before",
    ),
    "by-hand": ("由收表人认定", "accepted by hand"),
    "explained-before": (
        "有情况说明是针对原来的数写的，数已改，没有采用；请对方重新说明",
        "an explanation in it is of other figures and does not count; ask for a new one",
    ),
}

PASSED: Mapping[str, tuple[str, str]] = {
    "no-address": ("花名册里没有邮箱", "no mail address"),
    "not-reporting": ("该单位不填报", "it does not report"),
    "nothing-open": ("没有要催、要退的", "nothing is open with it"),
    "message-sent": ("已发", "sent already"),
    "made-anew": (
        "已发，但此后表重新生成过；要把新表再发给它，加 --again",
        "sent already, and its workbook was made anew since (--again sends the new one)",
    ),
    "message-queued": ("在发件箱里等待", "waiting in the outbox"),
    "message-sending": ("正在发", "being sent"),
    "message-failed": (
        "发送失败；改正邮箱后再运行，或用 --settle again 再发",
        "failed; correct the address, or --settle again",
    ),
    "message-drafted": (
        "已写成草稿；已自己发出的用 --settle sent，要由本程序发的用 --settle again",
        "a draft; --settle sent if it went out, --settle again to send it from here",
    ),
    "message-unknown": ("不知是否发出，请核实", "nobody knows whether it went out; please find out"),
    "reminded-already": ("一天之内已催过（再催用 --again）", "reminded within a day (--again reminds once more)"),
}
DRAFTED = (
    "草稿已记入登记簿，send --send 不会再发一遍。自己发出后请运行 --settle sent。",
    "The drafts are on record; --send will not send them again. Once they went out, say so with --settle sent.",
)
NO_SENDER = (
    "xlreport.toml 的 [mail] 还没有写 address，草稿里没有发件人，由邮件程序填上。",
    "[mail] has no `address` yet: the drafts have no sender; the mail program puts in its own.",
)
STOPPED: Mapping[str, tuple[str, str]] = {
    "daily-limit": ("今天的发送量已满，明天再运行一次即可。", "The daily limit is reached; run it again tomorrow."),
    "later": ("其余的稍后再试，过一会儿再运行一次即可。", "The rest is to be tried later; run it again then."),
    "cannot-connect": ("连不上邮件服务器或登录失败：{told}", "The mail server cannot be reached or refused us: {told}"),
}
KINDS: Mapping[str, tuple[str, str]] = {
    "issue": ("下发", "issue"),
    "remind": ("催报", "reminder"),
    "reply": ("退回", "reply"),
}


def two(pair: tuple[str, str], lang: Lang, **facts: object) -> str:
    """One of two sentences, filled in; nothing in a fact can act on a terminal."""
    text = pair[0 if lang == "zh" else 1]
    return text.format(**{name: _said(value, lang) for name, value in facts.items()}) if facts else text


def problem(reason: str, facts: Mapping[str, object], lang: Lang) -> str:
    """What is wrong, in one sentence."""
    column = facts.get("column")
    if isinstance(column, str) and column in COLUMNS:
        facts = {**facts, "column": two(COLUMNS[column], lang)}
    if reason == "rollup-incomplete":
        why = {name: two(STATES[name], lang).partition("，")[0].partition(",")[0] for name in facts if name in STATES}
        said = (f"{words} {_said(facts[name], lang)}" for name, words in why.items() if facts[name])
        facts = {**facts, "listed": ("；" if lang == "zh" else "; ").join(said)}
    pair = PROBLEMS[reason]
    return pair[0 if lang == "zh" else 1].format(**{name: _said(value, lang) for name, value in facts.items()})


def outcome(name: str, detail: str, lang: Lang, *, kept: bool = True) -> str:
    """What became of a file; `kept` is whether it lies in the round's folder."""
    if name == "unreadable" and not kept:
        name = "not-kept"
    return two(OUTCOMES[name], lang, detail=detail)


def _said(value: object, lang: Lang) -> str | int:
    if isinstance(value, int):
        return value
    if isinstance(value, (list, tuple)):
        listed = ("、" if lang == "zh" else ", ").join(str(one) for one in value[:12])
        count = f"（{len(value)}）" if lang == "zh" else f" ({len(value)})"
        return _clean(f"{listed}…{count}" if len(value) > 12 else listed or "—")
    return _clean(str(value))


def _clean(text: str) -> str:
    return "".join(ch if ch.isprintable() else " " for ch in text)[:600]
