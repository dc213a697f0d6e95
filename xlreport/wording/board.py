"""What the board of a round says, and how it looks."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("{period} 年《{form}》收表情况", "{form} {period}: where it stands"),
    "made": ("截至 {when}", "As of {when}"),
    "days-left": ("截止日期 {day}，还有 {days} 天", "Deadline {day}, days left: {days}"),
    "overdue": ("截止日期 {day}，已过 {days} 天", "Deadline {day}, days since: {days}"),
    "units": ("各单位", "Units"),
    "all": ("全部", "all"),
    "late": ("（逾期）", " (late)"),
    "aside": ("{count} 个文件留置", "files kept aside: {count}"),
    "nobodys": (
        "另有 {count} 个留置的文件，还不知道是哪个单位的。",
        "Kept aside as well, and nobody knows yet whose: {count}.",
    ),
    "unknown": ("{count} 封邮件不知是否发出", "messages of which nothing is known: {count}"),
    "failed": ("{count} 封邮件没有发出", "messages that failed: {count}"),
    "history": ("历年最常见的问题", "What is told most, year by year"),
    "history-note": ("数字是有这一问题的单位数。", "Figures are the units that had it."),
    "rule": ("规则", "Rule"),
    "findings": ("问题和标注", "Findings"),
    "nothing": ("没有问题。", "Nothing to report."),
    "more": ("还有 {count} 个问题，见退回的标注表。", "And {count} more, in the annotated copy."),
    "explained": ("已说明：{reason}（{who}）", "Explained: {reason} ({who})"),
}
COLUMNS = (
    ("代码", "单位", "状态", "错误", "警告", "已说明", "版次", "收到", "催报", "备注"),
    ("Code", "Unit", "State", "Errors", "Warnings", "Explained", "Version", "Received", "Reminders", "Remarks"),
)
STYLE = """
:root{--ink:#1a1a1a;--line:#d5d5d5;--missing:#6b6b6b;--error:#a61b1b;--warning:#8a5a00;--waived:#1f5f8b;--clean:#1e6b2e}
*{box-sizing:border-box}
body{font:15px/1.6 "Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif;color:var(--ink);margin:0;background:#fff}
header,main{max-width:1100px;margin:0 auto;padding:0 16px}
h1{font-size:22px;margin:20px 0 4px}h2{font-size:17px;margin:28px 0 8px;border-bottom:1px solid var(--line)}
header p{margin:0;color:#555}
.counts ul{display:flex;flex-wrap:wrap;gap:8px;list-style:none;padding:0;margin:16px 0 8px}
.counts li{flex:1 1 90px;border:1px solid var(--line);border-top:4px solid currentColor;padding:6px 10px}
.counts b{font-size:24px;display:block;line-height:1.2}
.bar{display:flex;height:12px;background:#eee}.bar i{background:currentColor;flex-basis:0}
.missing{color:var(--missing)}.error{color:var(--error)}.warning{color:var(--warning)}
.waived{color:var(--waived)}.clean{color:var(--clean)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;margin:8px 0}
table.small{width:auto;min-width:50%}
th,td{border:1px solid var(--line);padding:3px 8px;text-align:left;vertical-align:top}
thead th{background:#f2f5f9}
.units th button{font:inherit;color:inherit;background:none;border:0;padding:0;margin:0;cursor:pointer;text-align:left;
white-space:nowrap}
.units th button::after{content:"⇅";color:#8a94a3;font-size:11px;padding-left:3px}
.units th[aria-sort=ascending] button::after{content:"▲";color:#1f4e9e}
.units th[aria-sort=descending] button::after{content:"▼";color:#1f4e9e}
.units th button:focus-visible{outline:2px solid #1f4e9e;outline-offset:2px}
.units td:nth-child(3){white-space:nowrap}
td.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td:nth-child(1).num{text-align:left}
a{color:#1f4e9e}
.units>input{position:absolute;opacity:0}
.units>label{display:inline-block;border:1px solid var(--line);padding:2px 12px;margin:0 4px 6px 0;cursor:pointer}
.units>input:checked+label{background:#1f4e9e;color:#fff;border-color:#1f4e9e}
.units>input:focus-visible+label{outline:2px solid #1f4e9e;outline-offset:2px}
#show-missing:checked~div tbody tr:not(.row-missing),#show-error:checked~div tbody tr:not(.row-error),
#show-warning:checked~div tbody tr:not(.row-warning),#show-waived:checked~div tbody tr:not(.row-waived),
#show-clean:checked~div tbody tr:not(.row-clean){display:none}
details{border:1px solid var(--line);margin:8px 0;padding:4px 12px}
summary{cursor:pointer;font-weight:600}
details li{margin:4px 0}details li em{color:var(--waived)}details code{color:#555}
.form{font-size:12px;width:auto}.form th{font-weight:400;background:#f7f7f7;text-align:center}
.form caption{text-align:left;font-weight:600;padding:4px 0}
td.error{background:#ffd9d9;font-weight:700}td.warning{background:#ffedc4;font-weight:700}td.waived{background:#dcecf7}
.units td.error,.units td.warning,.units td.waived{background:none}
@media(max-width:600px){.units th:not([aria-sort]) button::after{content:none}body{font-size:14px}.counts li{flex-basis:40%}
.units th,.units td{padding:3px 4px;white-space:nowrap}.units td:nth-child(2),.units td:nth-child(10){white-space:normal}
.units td:nth-child(2){min-width:8em}.units td:nth-child(3){white-space:normal;word-break:keep-all;min-width:6.1em}
.units td:nth-child(10){min-width:6em}
.units td:nth-child(1),.units th:nth-child(1),.units td:nth-child(6),.units th:nth-child(6),
.units td:nth-child(7),.units th:nth-child(7),.units td:nth-child(9),.units th:nth-child(9){display:none}}
@media print{body{font-size:12px}header,main{padding:0}.units>label{display:none}.wide{overflow:visible}
table{font-size:11px}th,td{padding:2px 4px}
.units th button{display:contents}.units th button::after{content:none!important}
h2,summary,caption{break-after:avoid}tr,.counts{break-inside:avoid}
details::details-content{content-visibility:visible}a{color:inherit;text-decoration:none}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
"""
# Headings become buttons that sort, and a unit that is gone to is opened; a page whose script does not run is the same
# page without them. A number sorts as one, largest first; what is empty stays last either way.
SCRIPT = """
(function(){
var table=document.querySelector(".units table"),body=table.tBodies[0],heads=[].slice.call(table.tHead.rows[0].cells);
var rows=[].slice.call(body.rows),words=new Intl.Collator(document.documentElement.lang,{numeric:true});
function show(hash){var at=document.getElementById(hash.slice(1));if(at&&at.tagName==="DETAILS")at.open=true;}
body.addEventListener("click",function(event){if(event.target.hash)show(event.target.hash);});
show(location.hash);
function key(row,n){var cell=row.cells[n];return cell.dataset.key||cell.textContent.trim();}
heads.forEach(function(head,n){
var button=document.createElement("button");
button.type="button";button.textContent=head.textContent;head.textContent="";head.appendChild(button);
button.addEventListener("click",function(){
var was=head.getAttribute("aria-sort"),first=head.dataset.first||"ascending";
var now=was?(was==="ascending"?"descending":"ascending"):first,sign=now==="ascending"?1:-1;
heads.forEach(function(other){other.removeAttribute("aria-sort");});
head.setAttribute("aria-sort",now);
rows.slice().sort(function(one,other){
var a=key(one,n),b=key(other,n);
if(!a||!b)return a?-1:b?1:0;
return sign*words.compare(a,b);
}).forEach(function(row){body.appendChild(row);});
});
});
})();
"""
