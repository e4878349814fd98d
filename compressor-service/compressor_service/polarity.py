"""Words that turn or bind a sentence: negations and modals of many languages, found in linear time."""

import re
from collections.abc import Iterator
from itertools import groupby

_ENGLISH = """not no never none nor neither nobody nothing nowhere without cannot except excepting unless exclude excludes
excluded excluding forbid forbids forbidden prohibit prohibits prohibited must should shall may only ought required mandatory
optional"""
_CONTRACTED = (
    "ca do does did is are was were has have had wo would could should must need might ai sha dare ought".split()
)
_GERMAN = """nicht nichts nie niemals niemand niemanden niemandem kein keine keinen keinem keiner keines ohne außer weder
ausgenommen muss muß müssen müsst musste mussten müsste müssten soll sollen sollte sollten darf dürfen durfte dürfte dürften
nur lediglich ausschließlich"""
_FRENCH = """non pas jamais sans sauf aucun aucune ni rien ne doit doivent devra devront devrait devraient seulement
uniquement"""
_IBERIAN = """nunca jamás ningún ninguno ninguna sin excepto salvo tampoco nada nadie debe deben deberá deberán debería
deberían solo sólo solamente únicamente não nem nenhum nenhuma sem exceto ninguém deve devem deverá deverão apenas somente"""
_ITALIAN = """mai senza tranne eccetto nessun nessuno nessuna né neanche nulla niente devono dovrà dovranno dovrebbe
soltanto solamente"""
_NORTHERN = """niet geen nooit niets niemand zonder behalve tenzij moet moeten mag mogen alleen slechts inte ingen inget inga
utan aldrig måste endast ikke aldri uten skal kun"""
_OTHERS = """nigdy bez nikt żaden żadna oprócz musi muszą tylko değil yok hariç tidak bukan tanpa jangan harus hanya không
chưa phải"""
_CYRILLIC = """не нет ни никогда никто ничто ничего без кроме нельзя должен должна должно должны только обязан обязана ні
ніколи крім повинен повинна лише"""
_GREEK = "δεν μη μην όχι χωρίς ποτέ κανένα κανείς πρέπει μόνο"
_SEMITIC = """لا ولا لم ولم لن ولن ليس ليست وليس غير بدون دون إلا يجب ينبغي فقط לא אין בלי אף חייב חייבת רק"""
_HINDI = "नहीं नही न मत बिना चाहिए केवल सिर्फ"
# Scripts that do not part words by spaces, or join such words to others.
_JOINED = "ません|ない|なかっ|べき|のみ|しか|[不没沒未无無非勿仅僅禁]|必[须須要ず]|[应應][该該当當]|只[能有可]|[않없못]|아니|마세요|해야|오직|ไม่|ห้าม|ต้อง"
# Written with a capital they are a month.
_ALSO_MONTHS = frozenset({"may", "mai"})

# The marks of these scripts belong to the word, but are no letters to a regular expression.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0900-\u0dff"


def _variants(word: str) -> set[str]:
    """Return a word as written, at the start of a sentence, and in capitals."""
    return {word, word.upper()} | (set() if word in _ALSO_MONTHS else {word.capitalize()})


def _pattern(words: set[str]) -> str:
    """Return a pattern for any of the words, parted by their first letter so that most places fail at once."""
    variants = sorted({variant for word in words for variant in _variants(word)}, reverse=True)
    return "|".join(
        f"{first}(?:{'|'.join(re.escape(word[1:]) for word in group)})"
        for first, group in groupby(variants, lambda word: word[0])
    )


_NOT_CONTRACTED = {f"{stem}n{mark}t" for stem in _CONTRACTED for mark in "'’"}  # noqa: RUF001
_LATIN = _pattern(
    {*f"{_ENGLISH} {_GERMAN} {_FRENCH} {_IBERIAN} {_ITALIAN} {_NORTHERN} {_OTHERS}".split(), "es sei denn"}
    | _NOT_CONTRACTED
)
_OTHER = _pattern({*f"{_CYRILLIC} {_GREEK} {_SEMITIC} {_HINDI}".split()})

# A match begins with the character before the word: to look at word starts only is what makes this quick, and so does
# naming those characters one by one.
_IN_LATIN = re.compile(
    rf"[\x00-/:-@\[-`{{-\xa9\xab-\xb4\xb6-\xbf\u2000-\u206f\u3000-\u303f\uff00-\uff0f]({_LATIN})(?![^\W_])"
)
_IN_OTHERS = re.compile(rf"[^\w{_MARKS}]({_OTHER})(?![\w{_MARKS}])")
_IN_JOINED = re.compile(f"({_JOINED})")
# Text in another script: most texts have little of it or none.
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\u3040-\ud7af](?:[^\x00-\x7f]++|[ ,.](?=[^\x00-\x7f]))*+")
_LONGEST = 24


def find_polarity(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where negations and modals stand in text[start:end], one script after the other."""
    yield from _find(_IN_LATIN, text, start, end)
    if not text.isascii():
        for run in _OTHER_SCRIPT.finditer(text, start, end):
            yield from _find(_IN_OTHERS, text, run.start(), run.end())
            yield from _find(_IN_JOINED, text, run.start(), run.end())


def _find(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if start == 0 and (first := pattern.match(f" {text[: min(end, _LONGEST)]}")):
        yield 0, first.end() - 1
    for found in pattern.finditer(text, max(start - 1, 0), end):
        if found.start(1) >= start:
            yield found.span(1)
