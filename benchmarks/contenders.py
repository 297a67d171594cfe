"""What is measured beside what: each contender is loaded, then judges lists of messages.

Run as a program this is one contender in a process of its own: it loads, judges one message, says `ready`, and then answers each
line `FIRST COUNT` of its input with the seconds it took for these messages of the file.

    python benchmarks/contenders.py NAME MODELS MESSAGES
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Judge = Callable[[Sequence[str]], Any]
PATTERNS = 300


def jieba_words(text: str) -> list[str]:
    import jieba

    words: list[str] = jieba.lcut(text)
    return words


def rjieba_words(text: str) -> list[str]:
    import rjieba

    words: list[str] = rjieba.cut(text)
    return words


def characters(text: str) -> str:
    return " ".join(text.replace("\n", " "))


# Training -------------------------------------------------------------------------------------------------------------


def train(folder: Path) -> dict[str, str]:
    """Fit the peers on the project's corpus and store them in `folder`; names and what keeps one from being measured."""
    from scamcheck.model.corpus import expand_all, read_corpus, read_slots
    from scamcheck.resources import rules_directory

    corpus = rules_directory().parent / "corpus"
    messages = expand_all(read_corpus(corpus), read_slots(corpus), copies=3)
    texts = [message.text for message in messages]
    labels = [
        "scam" if message.record.scam else "benign" for message in messages
    ]  # the easier task, to the peers' favour
    missing: dict[str, str] = {}
    _fit_sklearn(folder / "jieba.joblib", texts, labels, tokenizer=jieba_words, token_pattern=None, lowercase=False)
    _fit_sklearn(folder / "characters.joblib", texts, labels, analyzer="char", ngram_range=(1, 3))
    try:
        import rjieba  # noqa: F401
    except ImportError as error:
        missing["rjieba"] = str(error)
    else:
        _fit_sklearn(folder / "rjieba.joblib", texts, labels, tokenizer=rjieba_words, token_pattern=None, lowercase=False)  # fmt: skip
    try:
        import fasttext
    except ImportError as error:
        missing["fasttext"] = str(error)
    else:
        lines = [f"__label__{label} {characters(text)}" for text, label in zip(texts, labels, strict=True)]
        (folder / "train.txt").write_text("\n".join(lines) + "\n", "utf-8")
        model = fasttext.train_supervised(str(folder / "train.txt"), epoch=25, lr=0.5, wordNgrams=3, verbose=0)
        model.save_model(str(folder / "fasttext.bin"))
    (folder / "patterns.json").write_text(json.dumps(_patterns(), ensure_ascii=False), "utf-8")
    return missing


def _fit_sklearn(path: Path, texts: Sequence[str], labels: Sequence[str], **options: Any) -> None:
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(**options), LogisticRegression(max_iter=300))
    joblib.dump(model.fit(texts, labels), path)


def _patterns() -> list[str]:
    """Regular expressions as a site keeps them: alternatives of a lexicon's phrases."""
    from scamcheck.resources import rules_directory
    from scamcheck.rules.load import load_rules

    rules = load_rules(rules_directory())
    lists = sorted((list(rules.terms(name)) for name in rules.lexicons), key=len, reverse=True)
    return ["|".join(map(re.escape, terms[:40])) for terms in lists[:PATTERNS]]


# Contenders -----------------------------------------------------------------------------------------------------------


def load_sklearn(name: str, *, one_by_one: bool = False) -> Callable[[Path], Judge]:
    def load(folder: Path) -> Judge:
        import joblib

        sys.modules["contenders"] = sys.modules[__name__]
        model = joblib.load(folder / f"{name}.joblib")
        if one_by_one:
            return lambda texts: [model.predict_proba([text]) for text in texts]
        return lambda texts: model.predict_proba(texts)

    return load


def load_fasttext(folder: Path) -> Judge:
    import fasttext

    model = fasttext.load_model(str(folder / "fasttext.bin"))
    return lambda texts: model.predict([characters(text) for text in texts])


def load_patterns(folder: Path) -> Judge:
    searches = [re.compile(text).search for text in json.loads((folder / "patterns.json").read_text("utf-8"))]
    return lambda texts: [[number for number, search in enumerate(searches) if search(text)] for text in texts]


def load_classify(_: Path) -> Judge:
    import scamcheck

    return lambda texts: [scamcheck.classify(text) for text in texts]


def load_many(_: Path) -> Judge:
    """Verdicts; of the flagged ones every explanation is read."""
    import scamcheck

    def judge(texts: Sequence[str]) -> Any:
        verdicts = scamcheck.classify_many(texts)
        return [(verdict.red_flags, verdict.evidence, verdict.advice) for verdict in verdicts if verdict.is_scam]

    return judge


def load_all(_: Path) -> Judge:
    """Verdicts; of every one, harmless or not, everything is read and made a dictionary."""
    import scamcheck

    return lambda texts: [verdict.to_dict() for verdict in scamcheck.classify_many(texts)]


def load_scores(_: Path) -> Judge:
    import scamcheck

    return lambda texts: scamcheck.score_many(texts)


CONTENDERS: dict[str, tuple[str, Callable[[Path], Judge]]] = {
    "jieba": ("a   jieba + scikit-learn, in batches", load_sklearn("jieba")),
    "jieba-one": ("a'  jieba + scikit-learn, one by one", load_sklearn("jieba", one_by_one=True)),
    "rjieba": ("b   rjieba + scikit-learn, in batches", load_sklearn("rjieba")),
    "characters": ("c   scikit-learn, characters 1-3, in batches", load_sklearn("characters")),
    "fasttext": ("d   fastText, characters, in batches", load_fasttext),
    "patterns": (f"e   {PATTERNS} re patterns in a loop", load_patterns),
    "classify": ("f   scamcheck classify, one by one", load_classify),
    "many": ("g   scamcheck classify_many, flagged explained", load_many),
    "all": ("g'  scamcheck classify_many, everything read", load_all),
    "scores": ("h   scamcheck score_many", load_scores),
}
ONE_BY_ONE = {"jieba-one", "patterns", "classify"}


def memory(field: str) -> int:
    """Kilobytes this process holds (VmRSS) or held at most (VmHWM); 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text("ascii", "replace").splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), 0)


def main() -> None:
    name, folder, file = sys.argv[1:]
    judge = CONTENDERS[name][1](Path(folder))
    judge(["您好,您的快递已到驿站,请凭取件码领取"])
    print("ready", memory("VmRSS"), flush=True)
    texts = json.loads(Path(file).read_text("utf-8"))
    for line in sys.stdin:
        first, count = map(int, line.split())
        part = texts[first : first + count]
        latencies = []
        wall, cpu = time.perf_counter(), time.process_time()
        if name in ONE_BY_ONE:
            for text in part:
                start = time.perf_counter()
                judge([text])
                latencies.append(time.perf_counter() - start)
        else:
            judge(part)
        answer = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "latencies": latencies}
        print(json.dumps({**answer, "peak": memory("VmHWM")}), flush=True)


if __name__ == "__main__":
    main()
