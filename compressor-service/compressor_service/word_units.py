"""Sentences -> words that can be dropped one by one, each with what it must not be kept without."""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from compressor_service.protection import Atom, AtomClass, find_atoms, find_musts
from compressor_service.structure import PROTECTED, Kind
from compressor_service.units import Unit
from compressor_service.words import STOP_WORDS

Range = tuple[int, int]

# Of a sentence as short as this there is nothing to drop.
_WORDS_FROM = 4
# Brackets or quotation marks around no more words than this stay with what they hold.
_SHORT_ASIDE = 3
_CJK_PIECE = 6

_WHOLE = PROTECTED | {Kind.HEADING, Kind.LOG, Kind.EXAMPLE}
_TOKEN = re.compile(r"\S+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_PAUSE = "，。、；：！？”」』）"  # noqa: RUF001
# Marks that stand alone go with the word before them; an opening one with the word behind, a joining one with both.
_MARKS = re.compile(r"[^\w\s]+")
_OPENING = re.compile(r"[(\[{«“„]+")
_JOINING = re.compile(r"[&+=/×*<>~^]+")  # noqa: RUF001
_ENCLOSING = re.compile(r"[()\[\]{}«»“„”\"]")
_CLOSED_BY = {"(": ")", "[": "]", "{": "}", "«": "»", "“": "”", "„": "“”", '"': '"'}


@dataclass(frozen=True, slots=True)
class Exploded:
    """Units of which some are words now, and for each the unit that it was or was part of."""

    units: list[Unit]
    origin: list[int]


def find_divisible(units: Sequence[Unit]) -> set[int]:
    """Return the units that may be cut into words: free sentences that nothing else hangs on."""
    needed = {parent for unit in units for parent in unit.parents}
    return {
        index
        for index, unit in enumerate(units)
        if unit.selectable and unit.lock is None and unit.kind not in _WHOLE and index not in needed
    }


def explode(text: str, units: Sequence[Unit], chosen: Collection[int], *, count: Callable[[str], int]) -> Exploded:
    """Replace the chosen units, which must be divisible, by their words."""
    cutter = _Cutter(text, units, chosen, count)
    places = list(accumulate([cutter.size(index) for index in range(len(units))], initial=0))
    exploded: list[Unit] = []
    origin: list[int] = []
    for index, unit in enumerate(units):
        moved = _move(unit, places)
        exploded += cutter.cut(index, moved, len(exploded)) if cutter.size(index) > 1 else [moved]
        origin += [index] * cutter.size(index)
    return Exploded(exploded, origin)


def _move(unit: Unit, places: Sequence[int]) -> Unit:
    """Let a unit name its parents and its heading by their new places."""
    parents = tuple([places[parent] for parent in unit.parents])
    heading = places[unit.heading] if unit.heading >= 0 else -1
    if parents == unit.parents and heading == unit.heading:
        return unit
    return unit._replace(parents=parents, heading=heading)


class _Cutter:
    """Cuts the chosen sentences of one text; looks for atoms in stretches of them at once, and counts a word once."""

    def __init__(self, text: str, units: Sequence[Unit], chosen: Collection[int], count: Callable[[str], int]) -> None:
        self._text = text
        self._tokens = _Counts(count)
        self._atoms = _find_atoms(text, units, sorted(chosen))
        self._words: dict[int, list[Range]] = {}
        self._dependent: dict[int, set[int]] = {}
        for index, atoms in self._atoms.items():
            words = split_words(text, units[index].start, units[index].end, atoms)
            # Alone, a negation would seem to deny what follows it.
            negations = [(start, end) for kind, start, end in atoms if kind is AtomClass.NEGATION]
            dependent = _touched_by([start for start, _ in words], negations)
            if len(words) > max(_WORDS_FROM - 1, len(dependent)):
                self._words[index], self._dependent[index] = words, dependent

    def size(self, index: int) -> int:
        """Return how many units become of one: 1 where there is nothing to drop."""
        return len(self._words.get(index, (None,)))

    def cut(self, index: int, sentence: Unit, first: int) -> list[Unit]:
        """Return the words of a sentence as units that begin at a place."""
        ranges, dependent = self._words[index], self._dependent[index]
        musts = find_musts(self._text, sentence.start, sentence.end, self._atoms[index])
        touched = sorted(_touched_by([start for start, _ in ranges], musts))
        shared = (*sentence.parents, *[first + number for number in touched])
        parents = _add_partners([shared] * len(ranges), self._text, ranges, first)
        words: list[Unit] = []
        before = max(ranges[0][0] - 1, 0)
        for number, (start, end) in enumerate(ranges):
            tokens = self._tokens[self._text[before:end]]
            words.append(
                Unit(start, end, tokens, sentence.block, sentence.kind, parents[number], number not in dependent)
            )
            before = end
        return words


class _Counts(dict[str, int]):
    """Token counts of words, each counted when it is first met."""

    def __init__(self, count: Callable[[str], int]) -> None:
        super().__init__()
        self._count = count

    def __missing__(self, word: str) -> int:
        self[word] = tokens = self._count(word)
        return tokens


def _find_atoms(text: str, units: Sequence[Unit], chosen: Sequence[int]) -> dict[int, list[Atom]]:
    """Return the atoms of each chosen unit; of one that spans two sentences, "(Ill. Oct. 15, 2004)", each has its part."""
    found: dict[int, list[Atom]] = {index: [] for index in chosen}
    first = 0
    for number, index in enumerate(chosen):
        if number + 1 < len(chosen) and chosen[number + 1] == index + 1:
            continue
        run = chosen[first : number + 1]
        first = number + 1
        starts = [units[one].start for one in run]
        for atom in find_atoms(text, starts[0], units[index].end):
            for place in _touched(starts, atom.start, atom.end):
                unit = units[run[place]]
                part = Atom(atom.kind, max(atom.start, unit.start), min(atom.end, unit.end))
                if part.start < part.end:
                    found[run[place]].append(part)
    return found


def _add_partners(
    parents: list[tuple[int, ...]], text: str, ranges: Sequence[Range], first: int
) -> list[tuple[int, ...]]:
    """Make the two words that open and close an aside come together."""
    for opening, closing in _find_asides(text, ranges):
        parents[opening] = (*parents[opening], first + closing)
        parents[closing] = (*parents[closing], first + opening)
    return parents


def split_words(text: str, start: int, end: int, atoms: Sequence[Atom]) -> list[Range]:
    """Return the stretches of a sentence that may be dropped: words with their marks, atoms whole, pieces of CJK."""
    tokens = [found.span() for found in _TOKEN.finditer(text, start, end)]
    if _CJK.search(text, start, end):
        tokens = [piece for token in tokens for piece in _cjk_pieces(text, *token)]
    starts = [token[0] for token in tokens]
    tied = set(_tied_by_marks(text, tokens))
    for atom in atoms:
        touched = _touched(starts, atom.start, atom.end)
        tied.update(range(touched.start + 1, touched.stop + _leads_on(text, atom, tokens[touched[-1] :])))
    for opening, closing in _find_asides(text, tokens):
        if closing - opening < _SHORT_ASIDE:
            tied.update(range(opening + 1, closing + 1))
    words: list[Range] = []
    for number, token in enumerate(tokens):
        if number in tied and words:
            words[-1] = (words[-1][0], token[1])
        else:
            words.append(token)
    return words


def _leads_on(text: str, atom: Atom, tokens: Sequence[Range]) -> bool:
    """Say whether an atom, in the first of the tokens, means little without the second: what is denied, or counted."""
    if atom.kind is AtomClass.NEGATION:
        return True
    if atom.kind is not AtomClass.NUMBER or len(tokens) < 2 or tokens[0][1] > atom.end:
        return False
    return text[atom.end - 1].isdigit() and text[slice(*tokens[1])].casefold() not in STOP_WORDS


def _touched_by(starts: Sequence[int], stretches: Iterable[Range]) -> set[int]:
    return {number for start, end in stretches for number in _touched(starts, start, end)}


def _touched(starts: Sequence[int], start: int, end: int) -> range:
    """Return the numbers of the pieces, given by their starts, that a stretch lies in."""
    first = max(bisect_right(starts, start) - 1, 0)
    after = first + 1
    while after < len(starts) and starts[after] < end:
        after += 1
    return range(first, after)


def _tied_by_marks(text: str, tokens: Sequence[Range]) -> Iterator[int]:
    """Yield the tokens that must stay with the one before them, as one of the two is only marks."""
    for number, (start, end) in enumerate(tokens):
        if text[start].isalnum() or text[end - 1].isalnum() or not _MARKS.fullmatch(text, start, end):
            continue
        opens = bool(_OPENING.fullmatch(text, start, end))
        if not opens:
            yield number
        if opens or _JOINING.fullmatch(text, start, end):
            yield number + 1


def _find_asides(text: str, tokens: Sequence[Range]) -> Iterator[tuple[int, int]]:
    """Yield the first and last token of every stretch in brackets or quotation marks that is longer than one token."""
    if not tokens or not _ENCLOSING.search(text, tokens[0][0], tokens[-1][1]):
        return
    waiting: list[tuple[int, str]] = []
    for number, token in enumerate(tokens):
        for found in _ENCLOSING.finditer(text, *token):
            if waiting and found[0] in waiting[-1][1]:
                opening, _ = waiting.pop()
                if opening < number:
                    yield opening, number
            elif found[0] in _CLOSED_BY:
                waiting.append((number, _CLOSED_BY[found[0]]))


def _cjk_pieces(text: str, start: int, end: int) -> Iterator[Range]:
    """Cut a token between two CJK characters: after a pause, or when a piece has become long."""
    for position in range(start + 1, end):
        before = text[position - 1]
        if before in _PAUSE:
            cut = text[position] not in _PAUSE
        else:
            cut = position - start >= _CJK_PIECE and bool(_CJK.match(before) and _CJK.match(text[position]))
        if cut:
            yield start, position
            start = position
    yield start, end
