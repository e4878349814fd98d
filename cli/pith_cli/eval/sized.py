"""Makes texts of stated numbers of tokens out of a data set's paragraphs; pure."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence

from pith_cli.eval.samples import AnswerSample, Sample, SampleError
from pith_cli.eval.trials import Trial

_SEED = 20240611


def sized_trials(
    samples: Sequence[Sample], contexts: Sequence[str], sizes: Sequence[int], *, count: Callable[[str], int]
) -> Iterator[Trial]:
    """Yield for every sample one text of each size: its own paragraph, and as many others as it takes, each once."""
    counts = {context: count(context) for context in dict.fromkeys(contexts)}
    for sample in samples:
        content = sample.content
        if not isinstance(content, AnswerSample):
            raise SampleError(f"line {sample.line}: missing key context: sizes need paragraphs")
        for tokens in sizes:
            rng = random.Random(f"{_SEED}:{tokens}:{sample.line}")  # noqa: S311  -- made to be repeated
            text = _text(content.context, counts, tokens=tokens, rng=rng)
            yield Trial(sample.line, text, content.question, (), tokens=tokens)


def _text(first: str, counts: Mapping[str, int], *, tokens: int, rng: random.Random) -> str:
    """Join paragraphs, the own one at the head, and cut the last where the size is reached."""
    others = [context for context in counts if context != first]
    rng.shuffle(others)
    chosen, size = [first], counts[first]
    while size < tokens and others:
        chosen.append(others.pop())
        size += counts[chosen[-1]]
    last = chosen.pop()
    wanted = min(counts[last], counts[last] - (size - tokens))
    cut = last[: len(last) * wanted // max(1, counts[last])]
    # Not within a word.
    chosen.append(cut[: cut.rfind(" ")] if len(cut) < len(last) and " " in cut else cut)
    return "\n\n".join(chosen)
