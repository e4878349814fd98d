"""What the tests of sentence scores share: a text read as passages, and the shipped scorer."""

from functools import cache

from compressor_service.passages import Passages, read_passages
from compressor_service.relevance import LearnedScorer, load_scorer
from compressor_service.structure import parse
from compressor_service.units import build_units
from fakes_compressor import COUNTER

TOWN = """The old mill stands by the river. It was built in 1861 by Ilse Brandt. Its wheel is made of oak.

The harbour closes in winter. Ferries cross the bay twice a day, because the bridge is too low for trucks."""


def passages_of(text: str, query: str) -> Passages:
    """Read a text as the scorer does."""
    layout = parse(text)
    return read_passages(text, build_units(text, layout, count=COUNTER.count), query, dialogue=layout.dialogue)


@cache
def shipped() -> LearnedScorer:
    """Return the scorer with the shipped weights, read once for all tests."""
    return load_scorer()


def best(text: str, query: str) -> str:
    """Return the sentence that the shipped scorer puts first."""
    layout = parse(text)
    units = build_units(text, layout, count=COUNTER.count)
    scores = shipped()(text, units, query, dialogue=layout.dialogue)
    chosen = max(range(len(units)), key=lambda index: (scores[index], -index))
    return text[units[chosen].start : units[chosen].end]
