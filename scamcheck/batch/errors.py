"""The one error of batch work, in the two languages the command line speaks."""

from __future__ import annotations

import errno

from scamcheck.errors import InputError


class BatchError(InputError):
    """What is wrong and what would mend it: in English as the message, in Chinese as `zh`."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en

    def __reduce__(self) -> tuple[type[BatchError], tuple[str, str]]:
        return BatchError, (self.zh, self.en)  # errors come back from worker processes


def cannot_read(path: object, error: OSError) -> BatchError:
    if isinstance(error, FileNotFoundError):
        return BatchError(f"找不到 {path}, 请检查路径", f"{path} does not exist; check the path")
    if isinstance(error, PermissionError):
        return BatchError(
            f"没有权限读取 {path}, 请检查文件权限", f"no permission to read {path}; check its permissions"
        )
    reason = error.strerror or str(error)
    return BatchError(f"读不了 {path} ({reason}), 请检查文件", f"cannot read {path} ({reason}); check the file")


def cannot_write(path: object, error: OSError) -> BatchError:
    if error.errno == errno.ENOSPC or error.errno == errno.EDQUOT:
        return BatchError(
            f"写 {path} 时磁盘已满; 已完成的部分保留着, 腾出空间后再运行同一命令即可继续",
            f"the disk is full at {path}; finished parts are kept, free some space and run the same command again",
        )
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return BatchError(
            f"没有权限写 {path}, 请换一个能写的位置", f"no permission to write {path}; choose a place you can write to"
        )
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return BatchError(
            f"{path} 所在的文件夹不存在, 请先建好", f"the folder of {path} does not exist; create it first"
        )
    reason = error.strerror or str(error)
    return BatchError(f"写不了 {path} ({reason})", f"cannot write {path} ({reason}); check the disk")
