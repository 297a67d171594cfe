"""What is read when only some rule files are asked for."""

from pathlib import Path

from scamcheck.rules.files import restrict


def test_restrict_keeps_what_the_chosen_file_refers_to() -> None:
    chosen = b"category: loan\nrules:\n  - id: loan.a\n    unless: [{rule: game.a}]\n"
    named = b"category: game_trade\nrules:\n  - id: game.a\n    when: {rule: romance.a}\n"
    named_by_named = b"category: romance\nrules:\n  - id: romance.a\n"
    unnamed = b"category: gambling\nrules:\n  - id: gambling.a\n"
    shared = b"category: shared\nrules: []\n"
    lexicon = b"lexicons: {}\n"
    layer = [
        ("r/gambling.yaml", unnamed),
        ("r/game.yaml", named),
        ("r/loan.yaml", chosen),
        ("r/romance.yaml", named_by_named),
        ("r/shared.yaml", shared),
        ("r/words.yaml", lexicon),
    ]

    [kept] = restrict([layer], [Path("r/loan.yaml")])

    assert [name for name, _ in kept] == [
        "r/game.yaml",
        "r/loan.yaml",
        "r/romance.yaml",
        "r/shared.yaml",
        "r/words.yaml",
    ]
