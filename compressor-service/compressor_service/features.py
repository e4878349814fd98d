"""What the ranker sees of every sentence: one column a feature, computed for all sentences of a text at once."""

import re

import numpy as np

from compressor_service.answer_types import Asks, fit, traits_of_units, what_is_asked
from compressor_service.lexical import Matches, find_matches, to_unit_range
from compressor_service.occurrences import Floats
from compressor_service.passages import Passages
from compressor_service.similarity import Similarity
from compressor_service.structure import Kind
from compressor_service.words import WORD, Trait, look_up

_NAME = re.compile(r"(?<=[\w,;] )[A-ZÀ-ÖØ-Þ]\w+|[A-ZÀ-ÖØ-Þ]\w+ [A-ZÀ-ÖØ-Þ]\w+")
_BEST_OF_FIRST_HOP = 2
_NEAR = (1.5, 4.0)
_WIDE = (4.0, 10.0, 25.0, 60.0)
# A unit further than this many widths away weighs nothing.
_REACH = 3
# The columns that static embeddings fill; the ranker also learns to do without them.
SEMANTIC = (
    "cos",
    "cos_gap",
    "cos_rank",
    "cos_block",
    "cos_near",
    "cos_prev",
    "cos_next",
    "soft",
    "soft_gap",
    "soft_block",
    "cos_best",
)

Columns = dict[str, Floats]


def prose_features(passages: Passages, similarity: Similarity) -> Columns:
    """Return the features of sentences in prose, lists and logs."""
    matches = find_matches(passages, passages.query_terms)
    lexical = _lexical(passages, matches)
    return {
        **lexical,
        **_semantic(passages, similarity),
        "hop": hop(passages, lexical["bm25h"]),
        **_answers(passages),
        **_places(passages),
    }


def _lexical(passages: Passages, matches: Matches) -> Columns:
    ideal = max(float(matches.idf.sum()) * 2.2, 1e-9)
    plain, titled = matches.bm25(heading=False), matches.bm25(heading=True)
    blocks = matches.over_blocks(passages.block_starts)
    of_block, block_bm25 = passages.blocks, blocks.bm25(heading=True)
    scaled = to_unit_range(titled)
    return {
        "bm25": to_unit_range(plain),
        "bm25h": scaled,
        "met": plain / ideal,
        "cover": matches.coverage(heading=False),
        "coverh": matches.coverage(heading=True),
        "block": to_unit_range(block_bm25)[of_block],
        "block_met": (block_bm25 / ideal)[of_block],
        "block_cover": blocks.coverage(heading=True)[of_block],
        "rank": rank(titled),
        "block_best": scaled - np.maximum.reduceat(scaled, passages.block_starts)[of_block],
        "prev": shift(scaled, 1),
        "next": shift(scaled, -1),
        "near": to_unit_range(bell(scaled, _NEAR[0])),
        "wide": to_unit_range(bell(scaled, _NEAR[1])),
        "heading": matches.coverage(heading=True) - matches.coverage(heading=False),
        "terms": np.full(passages.size, float(len(matches.idf))),
    }


def _semantic(passages: Passages, similarity: Similarity) -> Columns:
    cosines, soft = similarity.units, similarity.soft
    return {
        "cos": cosines,
        "cos_gap": cosines - cosines.max(initial=-1.0),
        "cos_rank": rank(cosines) if cosines.any() else np.zeros(passages.size),
        "cos_block": (similarity.blocks - similarity.blocks.max(initial=-1.0))[passages.blocks],
        "cos_near": bell(cosines, _NEAR[0]),
        "cos_prev": shift(cosines, 1),
        "cos_next": shift(cosines, -1),
        "soft": soft,
        "soft_gap": soft - soft.max(initial=0.0),
        "soft_block": (similarity.soft_blocks - similarity.soft_blocks.max(initial=0.0))[passages.blocks],
        "cos_best": similarity.best,
    }


def hop(passages: Passages, first: Floats) -> Floats:
    """Score against the names in the best sentences: they may lead to the answer."""
    names: set[int] = set()
    numbers = passages.occurrences.term_numbers
    for index in np.argsort(-first, kind="stable")[:_BEST_OF_FIRST_HOP]:
        if first[index] > 0:
            unit = passages.units[index]
            if passages.headings[index] >= 0:
                names.update(passages.occurrences.row_terms(passages.headings[index]).tolist())
            found = _NAME.findall(passages.text, unit.start, unit.end)
            spelled = (term for name in found for word in WORD.findall(name) for term in look_up(word).terms)
            names.update(numbers[term] for term in spelled if term in numbers)
    names.difference_update(passages.query_terms.tolist())
    if not names:
        return np.zeros(passages.size)
    matches = find_matches(passages, np.array(sorted(names), dtype=np.int64))
    return to_unit_range(matches.bm25(heading=True))


def _answers(passages: Passages) -> Columns:
    found = passages.occurrences
    asked = found.words[found.rows == len(found.lengths) - 1]
    asks = what_is_asked(passages.query)
    traits = traits_of_units(passages, asked)
    names = np.unique(asked[(found.traits[asked] & Trait.CAPITAL > 0) & (found.traits[asked] & Trait.STOP == 0)])
    holds = np.zeros(len(found.spellings))
    holds[names] = 1.0
    return {
        "fit": fit(asks, traits),
        **{f"asks_{kind.name.lower()}": np.full(passages.size, float(kind is asks)) for kind in Asks if kind},
        "names": np.minimum(traits["names"], 5.0),
        "numbers": np.minimum(traits["numbers"], 3.0),
        "years": np.minimum(traits["years"], 2.0),
        "times": np.minimum(traits["times"], 2.0),
        "shared": np.minimum(found.sums(holds, passages.size) / max(len(names), 1), 1.0),
    }


def _places(passages: Passages) -> Columns:
    size, starts = passages.size, passages.block_starts
    within = np.arange(size) - starts[passages.blocks]
    sizes = np.diff(starts, append=size)[passages.blocks]
    lengths = passages.lengths
    firsts = passages.occurrences.sums((passages.occurrences.traits & Trait.PRONOUN) > 0, size)
    return {
        "place": within.astype(np.float64),
        "place_share": within / sizes,
        "block_size": sizes.astype(np.float64),
        "length": np.log1p(lengths),
        "length_ratio": lengths / max(float(lengths.mean()), 1.0) if size else lengths,
        "pronouns": np.minimum(firsts, 2.0),
        "units": np.full(size, np.log1p(size)),
        "blocks": np.full(size, np.log1p(len(starts))),
        "prose": np.array([unit.kind is Kind.PROSE for unit in passages.units], dtype=np.float64),
    }


def rank(scores: Floats) -> Floats:
    """Return 0 for the best unit and 1 for the worst; equal scores share the better rank."""
    ordered = np.sort(-scores)
    return np.searchsorted(ordered, -scores) / max(len(scores) - 1, 1)


def shift(scores: Floats, by: int) -> Floats:
    """Return the score of the unit before (1) or after (-1)."""
    shifted = np.zeros_like(scores)
    if by > 0:
        shifted[by:] = scores[:-by]
    else:
        shifted[:by] = scores[-by:]
    return shifted


def bell(scores: Floats, width: float) -> Floats:
    """Return each unit's score averaged over its neighbours, nearer ones more."""
    if not len(scores):
        return scores
    reach = int(_REACH * width)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    return np.convolve(scores, bell / bell.sum(), mode="full")[reach : reach + len(scores)]
