"""What the column with the messages is called in the tables people keep."""

from __future__ import annotations

from collections.abc import Sequence

_EXACT = (
    "text", "content", "message", "msg", "sms", "body", "sms_content", "msg_content", "message_content", "sms_text", "message_text", "sms_body",
    "内容", "短信内容", "消息内容", "信息内容", "通话内容", "聊天内容", "文本", "文本内容", "正文", "短信", "短信正文", "消息", "案情", "简要案情", "案情描述",
)  # fmt: skip
_PART = ("content", "message", "text", "body", "内容", "正文", "短信", "文本", "消息")


def message_columns(names: Sequence[str]) -> list[str]:
    """Those of `names` that a column of messages may have: the one known name alone, else all that sound like it."""
    plain = {name.strip().casefold().replace(" ", "_"): name for name in reversed(names)}
    for known in _EXACT:
        if known in plain:
            return [plain[known]]
    return [name for name in names if any(part in name.casefold() for part in _PART)]
