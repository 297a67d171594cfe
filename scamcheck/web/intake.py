"""What is pasted or dropped, as messages: one text, several, a conversation, or the rows of a file."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from scamcheck.column_names import message_columns
from scamcheck.decoding import decoded
from scamcheck.errors import InputError

MAX_UNPACKED = 300_000_000  # bytes of an .xlsx once unzipped
_BLANK_LINES = re.compile(r"\n[ \t\u3000]*(?:\n[ \t\u3000]*)+")
_SPEAKER = re.compile(
    r"\s*(?:【(坐席|客服|客户|用户|来电|对方|机主|主叫|被叫|我)】|([^\s:：，。,.!！?？；;、【】]{1,12})\s*[:：](?!//))"
)
_CHAT_HEAD = re.compile(
    r"\s*(\S.{0,20}?)\s+(?:\d{2,4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s*)?(?:[上下]午|凌晨|晚上)?\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?\s*\Z"
)
_TITLE, _LATIN_TITLE = 8, 20  # characters; a longer cell is no title but the first message
_DAY_NAMES = ("time", "date", "day", "时间", "日期", "日")
_DAY = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message and, where the file says so, its day."""

    text: str
    day: date | None = None


def split_messages(text: str) -> list[str]:
    """The messages in a pasted text: parted by blank lines, but a conversation stays one."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    blocks = [block for block in _BLANK_LINES.split(text) if block.strip()]
    return [text.strip("\n")] if len(blocks) > 1 and is_conversation(text) else [block.strip("\n") for block in blocks]


def is_conversation(text: str) -> bool:
    """Whether at least half of the lines name a speaker (“来电：”, “【坐席】”, “张三 10:24”) and some speaker comes up again."""
    lines = [line for line in text.split("\n") if line.strip()]
    heads = sum(1 for line in lines if _CHAT_HEAD.match(line))
    if heads >= 2 and heads * 5 >= len(lines):
        return True
    speakers = [match[1] or match[2] for line in lines if (match := _SPEAKER.match(line))]
    return len(speakers) * 2 >= len(lines) and len(speakers) > len(set(speakers)) > 1


def read_file(name: str, raw: bytes, *, most: int) -> list[Incoming]:
    """The messages of a .txt (one a line; a conversation is one), .csv or .xlsx file.

    Raises `InputError` for a file of another kind, damaged, empty, or of more than `most` rows.
    """
    kind = name.lower().rpartition(".")[2]
    if kind == "txt":
        text = _decoded(raw)
        found = [Incoming(part) for part in _text_messages(text)]
    elif kind == "csv":
        text = _decoded(raw)
        found = _of_table(list(islice(_csv_rows(text), most + 2)))
    elif kind == "xlsx":
        found = _of_table(list(islice(_xlsx_rows(raw), most + 2)))
    else:
        raise InputError("只读 .txt、.csv、.xlsx 文件。请在表格软件里另存为其中一种。")
    if not found:
        raise InputError("文件里没有文字。请确认消息在第一个工作表里。")
    if len(found) > most:
        raise InputError(f"文件超过 {most:,} 行。请分成几个文件，或用命令行 scamcheck batch。")
    return found


def _text_messages(text: str) -> list[str]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if is_conversation(text):
        return [text]
    return [line for line in text.split("\n") if line.strip()]


def _decoded(raw: bytes) -> str:
    text = decoded(raw)
    if text is None:
        raise InputError("文件编码认不出来。请另存为 UTF-8 再试。")
    return text


def _csv_rows(text: str) -> Iterator[list[Any]]:
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    head = text[:4096].split("\n", 1)[0]
    delimiter = max(",\t;", key=head.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise InputError(f"CSV 读不下去：{error}。请用表格软件重新另存为 CSV。") from None


def _xlsx_rows(raw: bytes) -> Iterator[Sequence[Any]]:
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise InputError("读 .xlsx 要装 openpyxl：pip install 'scamcheck[web]'，或另存为 .csv。") from None
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
                raise InputError("这个 .xlsx 解开后太大。请删去图片和多余的工作表，或另存为 .csv。")
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        yield from sheet.iter_rows(values_only=True)
    except InputError:
        raise
    except Exception:  # openpyxl raises whatever a damaged file makes it meet
        raise InputError("这个 .xlsx 打不开，可能损坏或加了密码。请用表格软件另存一份再试。") from None


def _of_table(rows: Sequence[Sequence[Any]]) -> list[Incoming]:
    rows = [row for row in rows if any(_shown(cell) for cell in row)]
    if not rows:
        return []
    head = [_shown(cell).strip().lower() for cell in rows[0]]
    titles = message_columns([title for title in head if len(title) <= (_LATIN_TITLE if title.isascii() else _TITLE)])
    text_column = head.index(titles[0]) if titles else None
    day_column = _day_column(head)
    body = rows[1:] if text_column is not None or day_column is not None else rows
    if text_column is None:
        text_column = _longest(body or rows)
    messages = []
    for row in body:
        text = _shown(row[text_column]) if text_column < len(row) else ""
        if text.strip():
            day = _day(row[day_column]) if day_column is not None and day_column < len(row) else None
            messages.append(Incoming(text, day))
    return messages


def _day_column(head: Sequence[str]) -> int | None:
    for name in _DAY_NAMES:
        for column, title in enumerate(head):
            if len(title) <= len(name) + 5 and (title.startswith(name) or title.endswith(name)):
                return column
    return None


def _longest(rows: Sequence[Sequence[Any]]) -> int:
    lengths: dict[int, int] = {}
    for row in rows[:200]:
        for column, cell in enumerate(row):
            lengths[column] = lengths.get(column, 0) + len(_shown(cell))
    return max(lengths, key=lambda column: lengths[column])


def _shown(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    match = _DAY.search(_shown(cell))
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None
