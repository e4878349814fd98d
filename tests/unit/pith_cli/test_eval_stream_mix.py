"""Tests of choosing questions and mixing a stream of them."""

import csv
import gzip
import json
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from pith_cli.eval.stream_mix import Mixer, Sizes, banking77
from pith_cli.eval.stream_questions import Question, choose_questions
from pith_cli.eval.stream_sources import Labelled, learnt_texts, normal, read_test_texts
from pith_cli.eval.streams import NEAR_MISSES, StreamError

_CITIES = ("boston", "denver", "dallas", "seattle", "miami", "austin")
_THINGS = "heater window garage boiler curtain carpet freezer ladder toaster".split()


def _questions() -> list[Question]:
    texts = [f"book a flight from {one} to {other} on may 3" for one, other in pairwise(_CITIES)]
    texts += [f"i want to open the {thing} account with 20 dollars on monday" for thing in _THINGS]
    return [Question(text, f"q/{number}") for number, text in enumerate(texts)]


def test_a_mix_has_every_kind_in_an_order_that_makes_sense() -> None:
    """What repeats or imitates a question comes after it."""
    sizes = Sizes(near_misses=5, repeats={"verbatim": 4, "benign": 5, "same-meaning": 6})
    requests = Mixer(_questions(), frozenset(), random.Random(1), sizes).requests()
    kinds = Counter(one.kind for one in requests)
    assert {kind: kinds[kind] for kind in NEAR_MISSES} == dict.fromkeys(NEAR_MISSES, 5)
    assert (kinds["verbatim"], kinds["benign"], kinds["same-meaning"]) == (4, 5, 6)
    first = {one.answer_id: place for place, one in enumerate(requests) if one.kind in {"first", "unrelated"}}
    for place, one in enumerate(requests):
        assert first.get(one.imitates or one.answer_id, -1) <= place
    near = [one for one in requests if one.kind in NEAR_MISSES]
    assert len({one.answer_id for one in near}) == len(near)
    assert not {one.answer_id for one in near} & set(first)


def test_what_was_learnt_does_not_occur_in_edits() -> None:
    """An edited text may be a text of a training set."""
    questions = _questions()
    sizes = Sizes(near_misses=3, repeats={"benign": 5})
    free = Mixer(questions, frozenset(), random.Random(1), sizes).requests()
    learnt = frozenset(normal(one.text) for one in free if one.kind in {"number", "entity"})
    found = Mixer(questions, learnt, random.Random(1), sizes).requests()
    assert not learnt & {normal(one.text) for one in found}


def test_too_few_near_misses_are_an_error() -> None:
    """Rather than a row about nothing."""
    with pytest.raises(StreamError, match="near misses of kind"):
        Mixer([Question("hello there", "q/0")], frozenset(), random.Random(1)).requests()


def test_questions_of_an_intent_have_answers_of_their_own() -> None:
    """One of a closed intent, with others that ask the same; of an open one those that share no rare word."""
    texts = [
        Labelled(text, "banking:pin") for text in ("How do I change my PIN?", "can I change the pin", "PIN blocked")
    ]
    texts += [Labelled(f"what is the weather in {city}", "clinc:weather") for city in ("rome", "oslo", "oslo today")]
    texts += [Labelled("hello", "clinc:greeting")]
    found = choose_questions(texts, random.Random(4))
    assert len({one.answer_id for one in found}) == len(found)
    pins = [one for one in found if one.answer_id.startswith("banking:pin")]
    assert len(pins) == 1
    assert len(pins[0].same) == 1
    assert not any("greeting" in one.answer_id for one in found)


def test_learnt_texts_are_left_out(tmp_path: Path) -> None:
    """Test texts that a training set has too, whatever their case."""
    _write_data(tmp_path)
    assert normal("Learnt already!") in learnt_texts(tmp_path)
    found = {one.text for one in read_test_texts(tmp_path)}
    assert "set a timer" in found
    assert "unheard of" in found
    assert "is my card here test" in found
    assert "learnt already" not in found


def test_a_folder_without_the_data_says_so(tmp_path: Path) -> None:
    """And too few requests of Banking77 as well."""
    with pytest.raises(StreamError, match="is missing"):
        read_test_texts(tmp_path)
    _write_data(tmp_path)
    with pytest.raises(StreamError, match="12000 are needed"):
        banking77(tmp_path)


def _write_data(folder: Path) -> None:
    for name in ("clinc150", "banking77", "paraphrase"):
        (folder / name).mkdir()
    clinc = {
        "train": [["learnt already", "timer"]],
        "oos_train": [],
        "test": [["set a timer", "timer"], ["Learnt already", "timer"]],
        "oos_test": [["unheard of", "oos"]],
    }
    (folder / "clinc150" / "data_full.json.gz").write_bytes(gzip.compress(json.dumps(clinc).encode()))
    for part in ("train", "test"):
        with (folder / "banking77" / f"{part}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([["text", "category"], [f"is my card\n here {part}", "card_arrival"]])
    lines = {"hwu64": {"text": "x"}, "disfl_qa": {"original": "x", "disfluent": "y"}}
    lines["paws_wiki_dev"] = {"sentence1": "x", "sentence2": "y"}
    for name, line in lines.items():
        (folder / "paraphrase" / f"{name}.jsonl.gz").write_bytes(gzip.compress(json.dumps(line).encode()))
