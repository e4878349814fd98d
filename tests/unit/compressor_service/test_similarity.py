"""Similarity of sentences and a query."""

import numpy as np

from compressor_service.similarity import measure_similarity, silent
from fakes_relevance import TOWN, passages_of, shipped


def test_a_sentence_of_the_same_meaning_is_nearest() -> None:
    """No word is shared, and yet it is found."""
    found = measure_similarity(passages_of(TOWN, "boats carrying passengers over water"), shipped().table)
    assert int(np.argmax(found.units)) == 4
    assert int(np.argmax(found.soft)) == 4
    assert found.best[4] > 0.999


def test_it_is_silent_on_other_languages() -> None:
    """The table knows English words only."""
    german = "Die Mühle steht am Fluss. Sie wurde 1861 gebaut. Das Rad ist aus Eiche."
    assert not measure_similarity(passages_of(german, "Wann wurde die Mühle gebaut?"), shipped().table).units.any()


def test_silence_has_the_right_shapes() -> None:
    """One zero a unit and a block."""
    passages = passages_of(TOWN, "mill")
    assert silent(passages).units.tolist() == [0.0] * 5
    assert silent(passages).blocks.tolist() == [0.0] * 2


def test_long_texts_are_read_in_parts() -> None:
    """A sentence has the same figures among tens of thousands of words, whichever part it falls into."""
    text = " ".join([*["Ferries cross the bay twice a day."] * 3_000, "The mill is old.", *["Ferries cross."] * 3_000])
    found = measure_similarity(passages_of(text, "boats on the water"), shipped().table)
    assert len(set(found.units[:3_000].tolist())) == len(set(found.soft[3_001:].tolist())) == 1
    short = measure_similarity(
        passages_of("Ferries cross the bay twice a day. The mill is old.", "boats on the water"), shipped().table
    )
    assert short.units.tolist() == found.units[2_999:3_001].tolist()
