import re
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from scamcheck.rules.source import read_document
from scamcheck.web.app import create_app
from scamcheck.web.pages.rulebook import users_of
from scamcheck.web.settings import Settings

RULE = """category: shopping
rules:
  - id: shopping.moon-dust
    title: 卖月球土
    title_en: sells moon dust
    phase: pretext
    evidence: decisive
    reason: 没有人能合法出售月球土
    when: 月球土特价
    examples:
      hit: [月球土特价, 今日月球土特价, 月球土特价了]
      miss: [月球土在博物馆]
"""


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    app = create_app(Settings(database=folder / "desk.db", overlay=folder / "rules", watch=False))
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000)) as client:
        client.headers["accept"] = "text/html"
        yield client, app.state.desk, folder / "rules"


@pytest.fixture
def desk(serving):
    yield serving
    _, state, overlay = serving
    if overlay.exists():
        shutil.rmtree(overlay)
        state.classifier.reload()


def post(client, address, fields, **options):
    token = re.search(r'name="csrf_token" value="(\w+)"', client.get("/").text)[1]
    return client.post(address, data={"csrf_token": token, **fields}, **options)


def test_rules_are_listed_by_category_and_shown_as_written(desk):
    client, _, _ = desk
    assert "冒充军警购物" in client.get("/rules").text
    category = client.get("/rules/category/military_procurement").text
    first = re.search(r"/rules/rule/([\w.-]+)", category)[1]
    page = client.get(f"/rules/rule/{first}").text
    assert f"- id: {first}" in page
    assert page.count("\n  - id: ") == 1  # one rule alone
    assert "category: military_procurement" in page
    assert client.get("/rules/rule/no.such").status_code == 404
    assert client.get("/rules/category/nothing").status_code == 404


def test_every_shipped_rule_can_be_tried_as_shown(desk):
    client, state, _ = desk
    book = client.app.state.pages.rulebook
    rules = book.rules().rules
    for loaded in rules[1 :: len(rules) // 2]:
        trial = book.try_out(book.source(loaded), "x.yaml")
        assert (trial.problems, trial.failures, trial.rule_ids) == ((), (), (loaded.rule.id,))
        assert trial.classifier.classify("先垫付").score == state.classifier.current.classify("先垫付").score


def test_a_rule_is_tried_on_a_text_and_on_the_history_then_saved_and_taken_back(desk):
    client, state, overlay = desk
    text = "这里有月球土特价，转账即发"
    state.store.add_entry(text, state.classifier.current.classify(text).to_dict())
    state.store.add_entry("今天开会", state.classifier.current.classify("今天开会").to_dict())

    tried = post(client, "/rules/try", {"source": RULE, "category": "shopping", "text": text, "history": "1"}).text
    assert "写法无误，例句全部相符" in tried
    assert "在 2 条历史记录上" in tried
    assert "卖月球土" in tried
    assert not overlay.exists()  # trying writes nothing

    saved = post(client, "/rules/save", {"source": RULE, "category": "shopping"}, follow_redirects=True)
    assert saved.url.path == "/rules/rule/shopping.moon-dust"
    assert "已保存" in saved.text
    assert (overlay / "shopping.moon-dust.yaml").read_text("utf-8") == RULE
    assert "shopping.moon-dust" in [flag.rule_id for flag in state.classifier.current.classify(text).red_flags]
    assert "shopping.moon-dust" in client.get("/rules").text

    changed = RULE.replace("decisive", "weak")
    post(client, "/rules/save", {"source": changed, "rule": "shopping.moon-dust"})
    assert [path.name for path in overlay.iterdir()] == ["shopping.moon-dust.yaml"]  # saved over itself
    assert "evidence: weak" in (overlay / "shopping.moon-dust.yaml").read_text("utf-8")

    post(client, "/rules/rule/shopping.moon-dust/drop", {})
    assert list(overlay.iterdir()) == []
    assert client.get("/rules/rule/shopping.moon-dust").status_code == 404


def test_a_shipped_rule_edited_goes_to_the_overlay_and_the_original_stays(desk):
    client, state, _ = desk
    loaded = client.app.state.pages.rulebook.rules().rules[0]
    before = Path(loaded.place.file).read_bytes()
    source = client.app.state.pages.rulebook.source(loaded).replace(loaded.rule.title, "改过的名字")
    post(client, "/rules/save", {"source": source, "rule": loaded.rule.id})
    assert Path(loaded.place.file).read_bytes() == before
    assert client.app.state.pages.rulebook.rule(loaded.rule.id).rule.title == "改过的名字"
    assert [rule.title for rule in state.classifier.current.engine.rules if rule.id == loaded.rule.id] == ["改过的名字"]


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("phase: pretext", "phase: nowhere"), 6, "不在可选的值里"),
        (("when: 月球土特价", "when: {any: [$no_such_list]}"), 9, "没有这个词表"),
        (("    reason:", "   reason:"), 8, "写法不对"),
        (("reason:", "resaon:"), 8, "有不认识的字段"),
        (("月球土特价\n", "月球\u200b土特价\n"), 9, "看不见的字符"),
    ],
)
def test_problems_are_shown_at_their_line_and_nothing_is_saved(desk, change, line, words):
    client, state, overlay = desk
    version = state.classifier.current.rules_version
    for address in ("/rules/try", "/rules/save"):
        page = post(client, address, {"source": RULE.replace(*change, 1)}).text
        assert f'data-line="{line}"' in page
        assert words in page
    assert not overlay.exists()
    assert state.classifier.current.rules_version == version


def test_a_rule_whose_examples_fail_is_not_saved(desk):
    client, _, overlay = desk
    page = post(
        client, "/rules/save", {"source": RULE.replace("miss: [月球土在博物馆]", "miss: [博物馆不卖, 月球土特价吗]")}
    ).text
    assert "不该命中却命中了" in page
    assert "没有保存" in page
    assert not overlay.exists()


@pytest.mark.parametrize("source", ["", "category: shopping\nrules: []", "id: ../../etc/passwd", "  - id: ../up\n"])
def test_a_text_that_is_no_rule_is_refused(desk, source):
    client, _, overlay = desk
    page = post(client, "/rules/save", {"source": source})
    assert page.status_code == 200
    assert 'class="notice bad"' in page.text
    assert not overlay.exists()


def test_a_broken_file_in_the_overlay_is_shown_and_the_shipped_rules_stay_in_use(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text(RULE.replace("when: 月球土特价", "when: {any: [$nothing]}"), "utf-8")
    app = create_app(Settings(database=tmp_path / "desk.db", overlay=tmp_path / "rules", watch=False))
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000)) as client:
        page = client.get("/rules").text
        assert "规则文件有错" in page
        assert "mine.yaml:9" in page
        assert "冒充军警购物" in page
        mended = post(
            client,
            "/rules/save",
            {"source": RULE.replace("moon-dust", "mine").replace("id: shopping.mine", "id: mine.a")},
        )
        assert "改动让别处出错（mine.yaml 第 9 行）" in mended.text


def test_a_rule_links_to_the_lexicons_it_names_and_a_lexicon_to_its_place(desk):
    client, _, _ = desk
    rules = client.app.state.pages.rulebook.rules()
    loaded = next(loaded for loaded in rules.rules if loaded.rule.id == "military.buyer-wants-proxy")
    page = client.get(f"/rules/rule/{loaded.rule.id}").text
    name = re.search(r"/rules/lexicon/(\w+)", page)[1]
    assert f"${name}" in page
    listed = client.get("/rules/lexicons").text
    assert listed.count("/rules/lexicon/") == len(rules.lexicons)
    shown = client.get(f"/rules/lexicon/{name}").text
    assert f"lexicons:\n  {name}:" in shown
    assert rules.lexicons[name].terms[0] in shown
    assert client.get("/rules/lexicon/no_such").status_code == 404


def test_a_lexicon_is_shown_a_phrase_a_line(desk):
    client, _, _ = desk
    book = client.app.state.pages.rulebook
    for lexicon in book.rules().lexicons.values():
        document = read_document("x.yaml", book.source(lexicon).encode())
        assert not document.problems
        (found,) = document.data["lexicons"].items()
        terms = found[1] if isinstance(found[1], list) else found[1]["terms"]
        homophones = isinstance(found[1], dict) and found[1]["homophones"]
        assert (found[0], terms, homophones) == (lexicon.name, list(lexicon.terms), lexicon.homophones)


def test_a_lexicon_is_tried_saved_used_and_taken_back(desk):
    client, state, overlay = desk
    book = client.app.state.pages.rulebook
    post(client, "/rules/save", {"source": RULE.replace("when: 月球土特价", "when: $moon_words")})
    assert not overlay.exists()  # there is no such lexicon yet

    words = "lexicons:\n  moon_words:\n    - 月球土特价\n"
    fresh = post(client, "/rules/save", {"source": words}, follow_redirects=True)
    assert fresh.url.path == "/rules/lexicon/moon_words"
    assert (overlay / "lexicon-moon_words.yaml").read_text("utf-8") == words
    post(client, "/rules/save", {"source": RULE.replace("when: 月球土特价", "when: $moon_words")})
    assert "1 条规则用到这个词表" in client.get("/rules/lexicon/moon_words").text

    text = "陨石大甩卖，先付款"
    more = words + "    - 陨石大甩卖\n"
    tried = post(client, "/rules/try", {"source": more, "lexicon": "moon_words", "text": text}).text
    assert "用到它的 1 条规则，例句全部相符" in tried
    assert "卖月球土" in tried.partition("改过的规则")[2]
    broken = post(client, "/rules/save", {"source": words.replace("特价", "特卖"), "lexicon": "moon_words"}).text
    assert "没有保存" in broken
    assert 'href="/rules/rule/shopping.moon-dust"' in broken

    post(client, "/rules/save", {"source": more, "lexicon": "moon_words"})
    assert "shopping.moon-dust" in [flag.rule_id for flag in state.classifier.current.classify(text).red_flags]
    assert "词表 moon_words" in client.get("/rules").text
    post(client, "/rules/rule/shopping.moon-dust/drop", {})
    post(client, "/rules/lexicon/moon_words/drop", {})
    assert list(overlay.iterdir()) == []
    assert "moon_words" not in book.rules().lexicons


def test_a_shipped_lexicon_edited_changes_its_rules_and_not_its_file(desk):
    client, _, overlay = desk
    book = client.app.state.pages.rulebook
    rules = book.rules()
    lexicon = next(item for item in rules.lexicons.values() if not item.homophones and users_of(rules, [item.name]))
    before = Path(lexicon.place.file).read_bytes()
    source = book.source(lexicon) + "    - 一个全新的说法\n"
    page = post(client, "/rules/save", {"source": source, "lexicon": lexicon.name}, follow_redirects=True)
    assert page.url.path == f"/rules/lexicon/{lexicon.name}"
    assert Path(lexicon.place.file).read_bytes() == before
    assert book.rules().lexicons[lexicon.name].terms == (*lexicon.terms, "一个全新的说法")
    assert [path.name for path in overlay.iterdir()] == [f"lexicon-{lexicon.name}.yaml"]
