import pytest

from scamcheck.classifier import Classifier, default_classifier
from scamcheck.lookalikes import FLOOR, SAME, LookAlikes, Script, _cosine, read_scripts, write_scripts
from scamcheck.taxonomy import CODES


@pytest.fixture(scope="module")
def index():
    return LookAlikes.load(default_classifier())


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("部队食堂订菜，另外要两百箱自热米饭，让我推荐的厂家供货，您先垫付货款", "military_procurement"),
        ("您的白条账户要注销，不注销影响征信", "credit_closure"),
        ("点赞任务一单返5元，先垫付做单", "order_brushing"),
    ],
)
def test_the_nearest_script_is_of_the_same_kind(index, text, label):
    found = index.nearest(default_classifier(), text)
    assert found[0].script.label == label
    assert [item.similarity for item in found] == sorted((item.similarity for item in found), reverse=True)
    assert all(FLOOR <= item.similarity <= 1 + 1e-9 for item in found)


def test_a_known_script_is_most_like_itself(index):
    script = next(script for script in index.scripts if len(script.text) > 60)
    nearest = index.nearest(default_classifier(), script.text)[0]
    assert nearest.similarity == pytest.approx(1.0)
    assert nearest.script.label == script.label


def test_near_copies_are_shown_once():
    classifier = default_classifier()
    twins = [
        Script("部队采购自热米饭，请先垫付货款", "military_procurement"),
        Script("部队采购自热米饭，请先垫付货款。", "military_procurement"),
    ]
    assert len(LookAlikes(classifier, twins).nearest(classifier, twins[0].text)) == 1
    vectors = [dict(classifier.term_vector(script.text)) for script in twins]
    assert _cosine(*vectors) > SAME


def test_nothing_without_a_model_or_with_another(index):
    assert index.nearest(Classifier.load(model=False), "白条账户要注销") == ()
    assert index.nearest(default_classifier(), "") == ()


def test_scripts_are_filled_scams_and_pack_to_the_same_bytes(tmp_path):
    scripts = read_scripts()
    assert len(scripts) > 1000
    assert {script.label for script in scripts} == set(CODES)
    assert not any("{phone}" in script.text for script in scripts)
    for name in ("one", "two"):
        write_scripts(scripts[:50], tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
