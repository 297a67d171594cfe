"""Excel workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): cells keep their types, text cells their leading zeros."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from scamcheck.batch.errors import BatchError, cannot_read
from scamcheck.batch.header import MOST_TITLES, count_titles
from scamcheck.batch.source import ABOVE_HEADER, Reject, Row, RowSource, unique_names

_EXACT = 2**53  # whole numbers Excel's doubles hold exactly


class Workbook(RowSource):
    """The sheets of a workbook that share the first one's header, one after the other.

    A sheet is held in memory while it is read: Excel allows 1,048,576 rows.
    """

    def __init__(self, path: Path, name: str, sheet: str | None = None) -> None:
        super().__init__(path, name)
        header: list[str] = []
        kinds: list[set[type]] = []
        self.sheets: dict[str, int] = {}  # with the number of title rows above the header
        skipped: list[str] = []
        self.rows = 0
        names = self._names()
        if sheet is not None and sheet not in names:
            raise BatchError(
                f"{name} 里没有工作表 {sheet}; 有: {'、'.join(names)}",
                f"{name} has no sheet {sheet}; it has {', '.join(names)}",
            )
        for title in [sheet] if sheet else names:
            rows = _filled(self._cells(title))
            start = [values for _, values in itertools.islice(rows, MOST_TITLES + 1)]
            if not start:
                continue
            titles = count_titles([[_plain(value) for value in values] for values in start])
            cells = unique_names([_plain(value) for value in start[titles]])
            if not header:
                header = cells
                kinds = [set() for _ in header]
            elif cells != header:
                skipped.append(title)
                continue
            self.sheets[title] = titles
            for values in itertools.chain(start[titles + 1 :], (values for _, values in rows)):
                self.rows += 1
                for found, value in zip(kinds, values, strict=False):
                    if value != "":
                        found.add(_kind(value))
        if not self.rows:
            raise BatchError(f"{name} 里没有数据行", f"{name} has no rows of data")
        self._columns = [_column(found) for found in kinds]
        self.schema = pa.schema([pa.field(title, kind) for title, (kind, _) in zip(header, self._columns, strict=True)])
        if skipped:
            listed = "、".join(skipped)
            self.notes = (
                (
                    f"{name}: 工作表 {listed} 的表头与第一张不同, 没有读; 需要时用 --sheet 单独判断",
                    f"{name}: sheets {listed.replace('、', ', ')} have another header and were not read; use --sheet for them",
                ),
            )

    def read(self, text: str | None) -> Iterator[Row | Reject]:
        convert = [as_text if self.schema.field(i).name == text else to for i, (_, to) in enumerate(self._columns)]
        for title, titles in self.sheets.items():
            rows = _filled(self._cells(title))
            for number, values in itertools.islice(rows, titles):
                yield Reject(number, *ABOVE_HEADER, "\t".join(_plain(value) for value in values).rstrip("\t"))
            next(rows)
            for number, values in rows:
                yield Row(number, [to(value) for to, value in zip(convert, values, strict=True)])

    def pieces(self, text: str | None) -> Iterator[Any]:
        at = self.schema.get_field_index(text or "")
        if at >= 0:
            self.schema = self.schema.set(at, pa.field(text, pa.string()))
        return super().pieces(text)

    def describe(self) -> str:
        return "、".join(self.sheets)

    def _names(self) -> list[str]:
        with _opened(self.path) as book:
            return list(book.sheet_names)

    def _cells(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        with _opened(self.path) as book:
            rows = book.get_sheet_by_name(sheet)
            start = rows.start[0] if rows.start else 0
            yield from enumerate(rows.to_python(skip_empty_area=True), start + 1)


def _opened(path: Path) -> Any:
    try:
        import python_calamine
    except ImportError:
        raise BatchError(
            "读取 Excel 需要 python-calamine, 请安装: pip install 'scamcheck[batch]'",
            "reading workbooks needs python-calamine; install it with: pip install 'scamcheck[batch]'",
        ) from None
    try:
        return python_calamine.load_workbook(str(path))
    except OSError as error:
        raise cannot_read(path, error) from None
    except python_calamine.PasswordError:
        raise BatchError(
            f"{path} 有密码, 请去掉密码后再试", f"{path} is protected by a password; remove it first"
        ) from None
    except python_calamine.CalamineError as error:
        raise BatchError(
            f"{path} 不是完好的 Excel 工作簿 ({error}), 请重新另存为 .xlsx 或 .csv",
            f"{path} is no sound workbook ({error}); save it again as .xlsx or .csv",
        ) from None


def _filled(rows: Iterator[tuple[int, list[Any]]]) -> Iterator[tuple[int, list[Any]]]:
    return ((number, values) for number, values in rows if any(value != "" for value in values))


def _kind(value: Any) -> type:
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int
    return type(value)


def _plain(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)  # Excel keeps 1 as 1.0
    return str(value)


def as_text(value: Any) -> str | None:
    return None if value == "" else _plain(value)


def _column(kinds: set[type]) -> tuple[pa.DataType, Callable[[Any], Any]]:
    """Arrow type of a column whose cells, the empty aside, are of these kinds, and what makes a cell fit."""
    plain: dict[frozenset[type], tuple[pa.DataType, Callable[[Any], Any]]] = {
        frozenset({int}): (pa.int64(), int), frozenset({float}): (pa.float64(), float), frozenset({int, float}): (pa.float64(), float),
        frozenset({bool}): (pa.bool_(), bool), frozenset({datetime.datetime}): (pa.timestamp("us"), _same),
        frozenset({datetime.date}): (pa.date32(), _same), frozenset({datetime.date, datetime.datetime}): (pa.timestamp("us"), _moment),
    }  # fmt: skip
    kind, convert = plain.get(frozenset(kinds), (pa.string(), as_text))
    return kind, (convert if convert is as_text else lambda value: None if value == "" else convert(value))


def _same(value: Any) -> Any:
    return value


def _moment(value: datetime.date) -> datetime.datetime:
    return value if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, datetime.time())
