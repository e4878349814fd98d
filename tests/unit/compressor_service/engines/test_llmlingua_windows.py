"""Windows over tokens and scores over words."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.engines.llmlingua_windows import OVERLAP_TOKENS, lay_windows, word_scores

CHUNK = 510
WINDOW = 126


@given(
    size=st.integers(0, 3000),
    ends=st.sets(st.integers(0, 2999)),
    chunk=st.integers(130, CHUNK),
    window_tokens=st.integers(66, CHUNK),
)
def test_every_token_is_scored_once_inside_its_window(
    size: int, ends: set[int], chunk: int, window_tokens: int
) -> None:
    """Scored stretches follow one another without gaps; windows keep the limits of the model."""
    flags = np.zeros(size, dtype=np.bool_)
    flags[[end for end in ends if end < size]] = True
    windows = list(lay_windows(flags, chunk_tokens=chunk, window_tokens=window_tokens))
    assert [window.score_from for window in windows] == [0, *(window.score_to for window in windows)][: len(windows)]
    assert (windows[-1].score_to if windows else 0) == size
    for window in windows:
        assert window.start <= window.score_from < window.score_to <= window.end
        assert window.end - window.start <= window_tokens
        assert 0 <= window.position <= chunk - (window.end - window.start)


def test_a_chunk_ends_after_its_last_sentence() -> None:
    """Positions start again where the library's chunks would."""
    flags = np.zeros(980, dtype=np.bool_)
    flags[[200, 480, 700]] = True
    starts = [
        window.start for window in lay_windows(flags, chunk_tokens=CHUNK, window_tokens=WINDOW) if window.position == 0
    ]
    assert starts == [0, 481]


def test_a_text_without_sentences_is_cut_at_the_limit() -> None:
    """Where no sentence ends, a chunk is as long as it may be."""
    windows = lay_windows(np.zeros(1100, dtype=np.bool_), chunk_tokens=CHUNK, window_tokens=WINDOW)
    assert [window.start for window in windows if window.position == 0] == [0, CHUNK, 2 * CHUNK]


def test_a_window_as_long_as_a_chunk_takes_it_whole() -> None:
    """No token is read twice."""
    windows = list(lay_windows(np.zeros(1100, dtype=np.bool_), chunk_tokens=CHUNK, window_tokens=CHUNK))
    assert [(window.start, window.end) for window in windows] == [(0, 510), (510, 1020), (1020, 1100)]


def test_neighbours_overlap_and_meet_in_the_middle() -> None:
    """Every token is read with context on both sides, but for the edges of its chunk."""
    windows = list(lay_windows(np.zeros(500, dtype=np.bool_), chunk_tokens=CHUNK, window_tokens=WINDOW))
    for left, right in pairwise(windows):
        assert left.end - right.start >= OVERLAP_TOKENS
        assert left.score_to - right.start >= OVERLAP_TOKENS // 2 - 1
        assert left.end - left.score_to >= OVERLAP_TOKENS // 2 - 1


def test_a_word_has_the_mean_of_its_tokens() -> None:
    """Tokens that touch a word count for it; a word that no token touches is kept."""
    tokens = np.array([0.2, 0.4, 0.9], dtype=np.float32)
    starts, ends = np.array([0, 3, 8]), np.array([3, 6, 9])
    scores = word_scores(tokens, starts, ends, [(0, 6), (6, 7), (8, 9), (20, 22)])
    assert scores.tolist() == [np.float32(0.3), 1.0, np.float32(0.9), 1.0]
    assert word_scores(tokens, starts, ends, []).shape == (0,)
    assert word_scores(tokens[:0], starts[:0], ends[:0], [(0, 1)]).tolist() == [1.0]


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40), st.data())
def test_scores_stay_between_the_tokens_of_a_word(values: list[float], data: st.DataObject) -> None:
    """A mean lies between the lowest and the highest, whatever the cuts."""
    tokens = np.array(values, dtype=np.float32)
    starts = np.arange(len(values)) * 2
    cuts = sorted(data.draw(st.sets(st.integers(0, 2 * len(values)), min_size=2, max_size=6)))
    words = [(left, right) for left, right in pairwise(cuts)]
    for (left, right), score in zip(words, word_scores(tokens, starts, starts + 2, words), strict=True):
        touched = tokens[(starts < right) & (starts + 2 > left)]
        assert touched.min() - 1e-4 <= score <= touched.max() + 1e-4
