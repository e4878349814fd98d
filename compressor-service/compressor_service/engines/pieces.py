"""A text as word pieces, each with what a lower-cased vocabulary hides: case, digits, place in word and sentence."""

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Flags = NDArray[np.bool_]
Positions = NDArray[np.int64]

_UPPER, _LOWER, _DIGIT, _SPACE, _CLOSES, _COMMA, _OPENS, _SHUTS, _QUOTE, _MARK = (1 << bit for bit in range(10))
_CJK_FROM = 0x2E80
FEATURES = 22
# Marks that end a sentence, or a line.
_ENDS = ".!?:;\n。！？；…"  # noqa: RUF001
_FAR = 40.0
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Pieces:
    """Word pieces in text order: vocabulary ids, (start, end) offsets in characters, and one row of features each."""

    ids: NDArray[np.int64]
    starts: Positions
    ends: Positions
    features: NDArray[np.float32]


def open_tokenizer(content: str) -> Tokenizer:
    """Build a tokenizer with all its state set once: a setter during another thread's call would fail."""
    tokenizer = Tokenizer.from_str(content)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True  # a "[SEP]" that a user types is text
    return tokenizer


def read_pieces(tokenizer: Tokenizer, text: str) -> Pieces:
    """Return the pieces of a text without [CLS] and [SEP]; what the vocabulary lacks is one [UNK] a word."""
    # JSON may smuggle in half of a surrogate pair, which has no UTF-8 form; "?" keeps the offsets as they are.
    well_formed = text.encode("utf-8", errors="replace").decode("utf-8")
    encoding = tokenizer.encode(well_formed, add_special_tokens=False)
    ids = np.array(encoding.ids, dtype=np.int64)
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    starts, ends = offsets[:, 0], offsets[:, 1]
    return Pieces(ids, starts, ends, _features(well_formed, ids, starts, ends))


def _features(text: str, ids: NDArray[np.int64], starts: Positions, ends: Positions) -> NDArray[np.float32]:
    if not len(ids):
        return np.zeros((0, FEATURES), dtype=np.float32)
    classes = _classes(text)
    words = _Words(classes, starts)
    opens_sentence, since_sentence = _sentence_places(text, classes, words.first)
    capital = (classes[words.first] & _UPPER) > 0
    many_capitals = words.count(_UPPER) >= 2
    lower = words.count(_LOWER) > 0
    last = classes[np.maximum(words.end - 1, 0)]
    times, earlier = _repetitions(ids)
    rows = [
        capital,
        capital & ~opens_sentence,
        many_capitals & ~lower,
        many_capitals & lower,
        words.count(_DIGIT) > 0,
        words.count(_DIGIT) == words.end - words.start,
        opens_sentence,
        starts == words.first,
        starts == words.start,
        ends == words.end,
        (last & _CLOSES) > 0,
        (last & _COMMA) > 0,
        (classes[starts] & _MARK) > 0,
        _inside(classes, _OPENS, starts),
        _inside(classes, _QUOTE, starts),
        words.count(_MARK) > 1,
        _codes(text)[starts] >= _CJK_FROM,
        np.minimum(words.end - words.start, 20) / 20.0,
        np.minimum(since_sentence, _FAR) / _FAR,
        np.log1p(times) / 4.0,
        np.log1p(earlier) / 4.0,
        earlier == 0,
    ]
    return np.stack(rows, axis=1).astype(np.float32)


class _Words:
    """The white-space word of every piece: its span, and its first character that is no opening mark."""

    def __init__(self, classes: NDArray[np.uint16], starts: Positions) -> None:
        places = np.arange(len(classes))
        space = (classes & _SPACE) > 0
        self._classes = classes
        self.start = (np.maximum.accumulate(np.where(space, places + 1, 0)))[starts]
        self.end = np.minimum.accumulate(np.where(space, places, len(classes))[::-1])[::-1][starts]
        letter = np.where((classes & (_UPPER | _LOWER | _DIGIT)) > 0, places, len(classes) - 1)
        first_letter = np.minimum.accumulate(letter[::-1])[::-1]
        self.first = np.minimum(first_letter[self.start], np.maximum(self.end - 1, self.start))

    def count(self, which: int) -> Positions:
        """Count the characters of a class in the word of every piece."""
        sums = np.concatenate([[0], np.cumsum((self._classes & which) > 0)])
        counts: Positions = sums[self.end] - sums[self.start]
        return counts


def _sentence_places(text: str, classes: NDArray[np.uint16], first: Positions) -> tuple[Flags, Positions]:
    """Tell for every word whether it opens a sentence, and how many words after the opening it stands."""
    codes = _codes(text)
    places = np.arange(len(codes))
    letters = (classes & (_UPPER | _LOWER | _DIGIT)) > 0
    ends = np.isin(codes, _codes(_ENDS))
    # The mark ends a sentence only where white space follows, or in scripts that use none.
    ends &= np.append(((classes[1:] & _SPACE) > 0), True) | (codes >= _CJK_FROM) | (codes == ord("\n"))
    last_end = np.maximum.accumulate(np.where(ends, places, -1))
    last_letter = np.maximum.accumulate(np.where(letters, places, -1))
    before = np.maximum(first - 1, 0)
    opens: Flags = (first == 0) | (last_end[before] >= last_letter[before])
    spaces = np.concatenate([[0], np.cumsum((classes & _SPACE) > 0)])
    since: Positions = spaces[first] - spaces[np.maximum(last_end[before] + 1, 0)]
    return opens, np.maximum(since, 0)


def _inside(classes: NDArray[np.uint16], mark: int, starts: Positions) -> Flags:
    """Tell whether a piece stands inside brackets, or between the first and the second of two quotation marks."""
    opened = np.cumsum((classes & mark) > 0)[starts]
    if mark == _QUOTE:
        between: Flags = opened % 2 == 1
        return between
    shut = np.cumsum((classes & _SHUTS) > 0)[starts]
    within: Flags = opened > shut
    return within


def _repetitions(ids: NDArray[np.int64]) -> tuple[Positions, Positions]:
    """Return how often every piece stands in the text, and how often before its place."""
    order = np.argsort(ids, kind="stable")
    grouped = ids[order]
    opens = np.flatnonzero(np.append(True, grouped[1:] != grouped[:-1]))
    sizes = np.diff(np.append(opens, len(ids)))
    times, earlier = np.empty_like(ids), np.empty_like(ids)
    times[order] = np.repeat(sizes, sizes)
    earlier[order] = np.arange(len(ids)) - np.repeat(opens, sizes)
    return times, earlier


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def _classes(text: str) -> NDArray[np.uint16]:
    """Return the character classes of a text, one bit each."""
    return _table()[np.minimum(_codes(text), 0xFFFF)]


@cache
def _table() -> NDArray[np.uint16]:
    table = np.array([_class_of(chr(code)) for code in range(0x10000)], dtype=np.uint16)
    table.flags.writeable = False
    return table


def _class_of(character: str) -> int:
    bits = (
        (_UPPER, character.isupper()),
        (_LOWER, character.islower() or (character.isalpha() and not character.isupper())),
        (_DIGIT, character.isdigit()),
        (_SPACE, character.isspace()),
        (_CLOSES, character in ".!?。！？…"),  # noqa: RUF001
        (_COMMA, character in ",;:，、；："),  # noqa: RUF001
        (_OPENS, character in "([{（"),  # noqa: RUF001
        (_SHUTS, character in ")]}）"),  # noqa: RUF001
        (_QUOTE, character in '"“”„«»'),
        (_MARK, character.isprintable() and not character.isalnum() and not character.isspace()),
    )
    return sum(bit for bit, holds in bits if holds)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of what stands between white space."""
    return [found.span() for found in _WORD.finditer(text)]
