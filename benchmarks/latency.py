"""Import time, time to the first verdict, latency of one warm message.

Fresh processes are measured from outside (median of several); warm calls inside, with the garbage collector as it is.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time

MESSAGES = {
    "ordinary bank SMS": "【某某银行】您尾号0417的储蓄卡于11月20日14:30消费支出128.00元,当前余额3,052.16元。如非本人操作请致电955xx,退订回T。谢谢您的支持",
    "scam": "您好,我是京东金融客服,您大学期间开通的白条不符合国家新规,今天之内不关闭会影响个人征信,请您下载会议软件打开屏幕共享,我指导您把额度转到监管账户",
    "family chat": "妈,这个月生活费收到了,周末我和室友去看电影,下周回家带点你爱吃的糕点,记得把我冬天的被子晒一晒,天气预报说后天要降温了,你们也多穿点别感冒",
}
FRESH_RUNS = 7


def fresh(code: str) -> float:
    """Median processor seconds of `code` in a new interpreter, less a bare interpreter's."""

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def run(source: str) -> float:
        start = spent()
        subprocess.run([sys.executable, "-c", source], check=True)
        return spent() - start

    run(code)
    return statistics.median(run(code) for _ in range(FRESH_RUNS)) - statistics.median(
        run("pass") for _ in range(FRESH_RUNS)
    )


def warm(text: str) -> float:
    """Median processor time in microseconds of one warm `classify`, red flags and evidence read."""
    import scamcheck

    times = []
    for _ in range(2000):
        start = time.process_time_ns()
        verdict = scamcheck.classify(text)
        _ = verdict.red_flags
        times.append(time.process_time_ns() - start)
    return statistics.median(times) / 1e3


def main() -> None:
    print(f"import scamcheck              {1e3 * fresh('import scamcheck'):8.0f} ms")
    print(f"import and first verdict      {1e3 * fresh('import scamcheck; scamcheck.classify(chr(20320))'):8.0f} ms")
    for name, text in MESSAGES.items():
        print(f"warm, {name:17} ({len(text)}) {warm(text):8.0f} µs")


if __name__ == "__main__":
    main()
