"""Scores."""

import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.relevance import SHIPPED_WEIGHTS, WeightsError, load_scorer, score_units
from compressor_service.structure import parse
from compressor_service.units import build_units
from fakes_compressor import COUNTER, PARAGRAPHS, RECIPES, wild_texts
from fakes_relevance import best, shipped

GERMAN = """Der Mietvertrag beginnt am 1. März und gilt unbefristet. Die Miete beträgt 840 Euro im Monat. Haustiere sind nur
nach Absprache erlaubt. Der Keller gehört nicht zur Wohnung. Der Vermieter stellt zwei Schlüssel.

Die Kündigungsfrist beträgt drei Monate zum Monatsende. Sie gilt nicht bei fristloser Kündigung. Das Treppenhaus wird
wöchentlich gereinigt. Im Winter räumt der Hausmeister den Schnee."""
CHINESE = (
    "公司成立于一九九八年。总部设在杭州。员工每年有十五天带薪休假。食堂在二楼。办公室周末关闭。出差补贴每天一百二十元。"
)


def ranked(text: str, query: str) -> list[str]:
    """Return the units that can be chosen, best first."""
    layout = parse(text)
    units = build_units(text, layout, count=COUNTER.count)
    scores = score_units(text, units, query, dialogue=layout.dialogue)
    order = sorted((i for i, unit in enumerate(units) if unit.selectable), key=lambda i: (-scores[i], i))
    return [text[units[i].start : units[i].end] for i in order]


def test_the_sentence_that_answers_comes_first() -> None:
    """Shared words decide, folded."""
    assert ranked(RECIPES, "When are the gates closed in the evening?")[0].startswith("The gate closes at 22:15")
    assert ranked(RECIPES, "How much did renewing the kitchen cost?")[0].startswith("The kitchen was renewed in 2019")


def test_a_sentence_that_limits_another_follows_it() -> None:
    """The exception comes right behind the rule although it shares no word with the question."""
    assert ranked(RECIPES, "When does the gate close?")[1].startswith("However, this does not apply on market days")


def test_a_heading_lends_its_words_to_its_section() -> None:
    """A section about what was asked beats one that is not."""
    text = "# Refunds\n\nThey take five days.\n\n# Parking\n\nThey take ten marks."
    assert ranked(text, "How long do refunds take?")[0] == "They take five days."


def test_a_second_hop_follows_the_names() -> None:
    """A sentence that shares no word with the question is found through the name that leads to it."""
    filler = "\n\n".join(f"The weather on day {n} was fair and calm." for n in range(8))
    text = f"The bridge was designed by Ilse Brandt.\n\n{filler}\n\nMs. Brandt studied law in Graz."
    assert "Ms. Brandt studied law in Graz." in ranked(text, "Who designed the bridge?")[:3]


def test_in_a_dialogue_the_neighbourhood_counts() -> None:
    """Turns around the one that names the subject rank above distant ones."""
    talk = [f"Ann: Item {n} is settled.\nBen: Fine with me." for n in range(40)]
    talk[20] = "Ann: Now the budget, then.\nBen: It is too small."
    best = ranked("\n".join(talk), "What was said about the budget?")[:8]
    assert best[0] == "Now the budget, then."
    assert "It is too small." in best


def test_without_a_question_early_and_central_sentences_lead() -> None:
    """The first sentence leads a text without a question."""
    assert ranked(RECIPES, "")[0] == "Guests park behind the mill, where twelve places are marked in yellow."


@given(wild_texts(), st.text(max_size=40))
def test_scores_are_finite_repeatable_and_only_for_what_can_be_chosen(text: str, query: str) -> None:
    """Any text and query give the same numbers twice."""
    layout = parse(text)
    units = build_units(text, layout, count=COUNTER.count)
    scores = score_units(text, units, query, dialogue=layout.dialogue)
    assert scores == score_units(text, units, query, dialogue=layout.dialogue)
    assert len(scores) == len(units)
    assert all(0 <= score < 10 for score in scores)
    assert all(not score for score, unit in zip(scores, units, strict=True) if not unit.selectable)


@pytest.mark.parametrize(
    ("text", "query", "start"),
    [
        (RECIPES, "When are the gates closed in the evening?", "The gate closes at 22:15"),
        (RECIPES, "How deep is the pond?", "The pond is two"),
        (RECIPES, "Who planted the flowers?", "They were planted by Ms. Ingrid Solvang"),
        (GERMAN, "Wie hoch ist die Miete?", "Die Miete beträgt 840 Euro"),
        (GERMAN, "Wie viele Monate beträgt die Kündigungsfrist?", "Die Kündigungsfrist beträgt drei Monate"),
        (CHINESE, "总部在哪里?", "总部设在杭州"),
        (CHINESE, "带薪休假有几天?", "员工每年有十五天带薪休假"),
    ],
)
def test_the_learnt_scorer_finds_the_answer(text: str, query: str, start: str) -> None:
    """In English also by meaning, in other languages by words."""
    assert best(text, query).startswith(start)


def test_the_learnt_scorer_lets_a_limit_follow() -> None:
    """An exception has at least a fixed share of the score of its rule."""
    layout = parse(RECIPES)
    units = build_units(RECIPES, layout, count=COUNTER.count)
    scores = shipped()(RECIPES, units, "When does the gate close?")
    rule = next(i for i, unit in enumerate(units) if RECIPES.startswith("The gate closes", unit.start))
    assert scores[rule + 1] >= 0.6 * (scores[rule] - 0.02)


def test_a_turn_that_answers_leads_in_a_dialogue() -> None:
    """The stretch about the subject does not hide the one turn that was asked for."""
    talk = [
        f"Ann: Point {n} of the harbour plan is settled.\nBen: The harbour plan is fine with me." for n in range(30)
    ]
    talk[24] = "Ann: The report on the crane is due on Friday, 12 September.\nBen: Good."
    assert best("\n".join(talk), "When is the report on the crane due?").startswith("The report on the crane is due")


def test_the_learnt_scorer_without_a_question_is_the_prior() -> None:
    """The same scores as by rules."""
    units = build_units(RECIPES, parse(RECIPES), count=COUNTER.count)
    assert shipped()(RECIPES, units, "") == score_units(RECIPES, units, "")
    assert shipped()(RECIPES, units, "zeppelin") == score_units(RECIPES, units, "")


def test_scores_are_the_same_alone_after_others_and_in_threads() -> None:
    """Nothing that was scored before, or is scored beside it, changes a score."""
    texts = [
        (RECIPES, "Who planted the roses?"),
        (GERMAN, "Wie hoch ist die Miete?"),
        ("\n\n".join(PARAGRAPHS), "How long?"),
    ]
    work = [(text, build_units(text, parse(text), count=COUNTER.count), query) for text, query in texts]
    alone = [load_scorer()(*one) for one in work]
    with ThreadPoolExecutor(8) as pool:
        for found in [pool.submit(lambda: [shipped()(*one) for one in work]) for _ in range(40)]:
            assert found.result() == alone


def test_the_shipped_files_are_those_of_the_manifest_and_the_card() -> None:
    """The hashes stand in both, and no file is missing or left over."""
    pinned = json.loads((SHIPPED_WEIGHTS / "manifest.json").read_text(encoding="utf-8"))["sha256"]
    card = (SHIPPED_WEIGHTS / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert {file.name for file in SHIPPED_WEIGHTS.iterdir()} == {*pinned, "manifest.json", "MODEL_CARD.md", "NOTICE"}
    for name, digest in pinned.items():
        assert hashlib.sha256((SHIPPED_WEIGHTS / name).read_bytes()).hexdigest() == digest
        assert digest in card


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    """One changed byte names the file."""
    folder = shutil.copytree(SHIPPED_WEIGHTS, tmp_path / "weights")
    content = bytearray((folder / "prose.npz").read_bytes())
    content[-40] ^= 1
    (folder / "prose.npz").write_bytes(content)
    with pytest.raises(WeightsError, match=r"prose\.npz"):
        load_scorer(folder)


@given(wild_texts(), st.text(max_size=40))
def test_learnt_scores_are_repeatable_and_only_for_what_can_be_chosen(text: str, query: str) -> None:
    """Any text and query give the same numbers twice, between 0 and a little over 1."""
    layout = parse(text)
    units = build_units(text, layout, count=COUNTER.count)
    scores = shipped()(text, units, query, dialogue=layout.dialogue)
    assert scores == shipped()(text, units, query, dialogue=layout.dialogue)
    assert len(scores) == len(units)
    assert all(0 <= score < 1.1 for score in scores)
    assert all(not score for score, unit in zip(scores, units, strict=True) if not unit.selectable)
