"""The shipped token model: its files, its windows, and that it prefers what people ask for."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from compressor_service.engines import EngineOptions, EngineUnavailableError, Passage
from compressor_service.engines.pieces import word_spans
from compressor_service.engines.tiny_onnx import MANIFEST, MODEL, SHIPPED_WEIGHTS, VOCABULARY, TinyOnnx, load

STORY = (
    "The lighthouse on Varholm Island was built in 1874 by the engineer Hedda Bruun, and it is said that it was one of "
    "the first that had been made of iron. In the winter of 1902 it was moved to the port of Skagen. "
)


@pytest.fixture(scope="module")
def scorer() -> TinyOnnx:
    """Return the shipped model."""
    return load()


def scores_of(scorer: TinyOnnx, text: str) -> dict[str, float]:
    """Return the score of every word; of a repeated word the last."""
    words = word_spans(text)
    scores = scorer.score([Passage(text, words)])[0]
    return {text[start:end]: float(score) for (start, end), score in zip(words, scores, strict=True)}


def test_names_and_numbers_come_before_function_words(scorer: TinyOnnx) -> None:
    """What a question would ask for scores above what no question asks for."""
    scores = scores_of(scorer, STORY)
    asked = ["Varholm", "1874", "Hedda", "iron.", "1902", "Skagen."]
    unasked = ["was", "it", "is", "that", "had", "been"]
    assert min(scores[word] for word in asked) > max(scores[word] for word in unasked)


def test_scores_spread_over_one_scale(scorer: TinyOnnx) -> None:
    """Scores are not squeezed at the ends, where smoothing could no longer tell words apart."""
    scores = np.array(list(scores_of(scorer, STORY).values()))
    assert 0.02 < scores.min() < 0.4 < scores.max() < 0.98


@pytest.mark.parametrize("count", [1, 2, 127, 128, 129, 223, 224, 225, 600])
def test_every_length_is_covered_by_windows(scorer: TinyOnnx, count: int) -> None:
    """At and around the window's size every word still gets a score of its own."""
    text = " ".join(["river"] * (count - 1) + ["Oslo"])
    scores = scorer.score([Passage(text, word_spans(text))])[0]
    assert len(scores) == count
    assert (scores > 0).all()


def test_a_word_is_scored_in_its_context(scorer: TinyOnnx) -> None:
    """The same words get other scores in another sentence."""
    assert scores_of(scorer, "May I come in?")["May"] != scores_of(scorer, "It happened in May 1902.")["May"]


def test_a_long_text_scores_like_its_windows(scorer: TinyOnnx) -> None:
    """Far from the end of a text, what follows does not matter."""
    head, tail = STORY * 20, "Nothing else was found there. " * 40
    both = scorer.score([Passage(head + tail, word_spans(head))])[0]
    longer = scorer.score([Passage(head + tail + tail, word_spans(head))])[0]
    first = len(both) // 2
    assert np.abs(both[:first] - longer[:first]).max() < 0.1


def test_an_invisible_word_is_not_needed(scorer: TinyOnnx) -> None:
    """A word that the vocabulary has no piece for at all scores 0; an unknown one does not."""
    scores = scores_of(scorer, "\u200d \u200d 🍎 closed")
    assert min(scores.values()) == scores["\u200d"]
    assert scorer.score([Passage("\u200d", [(0, 1)])])[0].tolist() == [0.0]
    assert scores["🍎"] > 0.1


def test_more_threads_do_not_change_what_is_loaded(scorer: TinyOnnx) -> None:
    """The option is taken; names and fingerprints stay."""
    assert load(EngineOptions(threads=2)).fingerprint == scorer.fingerprint


@pytest.mark.parametrize("name", [MANIFEST, MODEL, VOCABULARY])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """Whoever built an image without the weights reads which file."""
    copy_weights(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(EngineUnavailableError, match=name):
        load(folder=tmp_path)


@pytest.mark.parametrize("name", [MODEL, VOCABULARY])
def test_other_bytes_are_refused(tmp_path: Path, name: str) -> None:
    """A file that is not the pinned one is never run."""
    copy_weights(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b" ")
    with pytest.raises(EngineUnavailableError, match=f"{name} is not the file"):
        load(folder=tmp_path)


def copy_weights(folder: Path) -> None:
    """Copy the artefact where it may be spoilt."""
    for name in (MANIFEST, MODEL, VOCABULARY):
        shutil.copy(SHIPPED_WEIGHTS / name, folder)


def test_the_model_card_describes_these_bytes() -> None:
    """The card's sha256 are those of the files, and all of it is within 8 MB."""
    card = (SHIPPED_WEIGHTS / "MODEL_CARD_tiny.md").read_text(encoding="utf-8")
    pinned = json.loads((SHIPPED_WEIGHTS / MANIFEST).read_text(encoding="utf-8"))["sha256"]
    for name in (MODEL, VOCABULARY):
        digest = hashlib.sha256((SHIPPED_WEIGHTS / name).read_bytes()).hexdigest()
        assert digest == pinned[name]
        assert digest in card
    assert sum((SHIPPED_WEIGHTS / name).stat().st_size for name in (MODEL, VOCABULARY)) <= 8_000_000
