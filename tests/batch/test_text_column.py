from __future__ import annotations

import pyarrow as pa
import pytest

from scamcheck.batch import BatchError
from scamcheck.batch.text_column import find_text_column

NAMES = [
    (["id", "text"], "text"), (["手机号", "短信内容", "时间"], "短信内容"), (["title", "Content"], "Content"), (["SMS Content", "x"], "SMS Content"),
    (["文本编号", "内容"], "内容"), (["id", "客服消息正文"], "客服消息正文"),
]  # fmt: skip


@pytest.mark.parametrize(("names", "expected"), NAMES)
def test_by_name(names: list[str], expected: str) -> None:
    found = find_text_column(pa.schema([(name, pa.string()) for name in names]), [])
    assert (found.name, found.how) == (expected, "name")


def test_by_content() -> None:
    table = pa.table({"甲": ["张三", "李四"], "乙": ["您的快递已到驿站请来取", "明天下午三点开会别迟到"], "丙": [1, 2]})
    found = find_text_column(table.schema, [table])
    assert (found.name, found.how) == ("乙", "content")


def test_numbers_are_no_messages_whatever_they_are_called() -> None:
    table = pa.table({"text": [1, 2], "x": ["ab", "cd"]})
    with pytest.raises(BatchError) as error:
        find_text_column(table.schema, [table])
    assert "--text" in error.value.zh and "text, x" in error.value.en
