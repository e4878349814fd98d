"""Words of a text as search terms: folded, without stop words, in any script."""

import re
from functools import lru_cache

_WORD = re.compile(r"\w+")
_CJK = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿]")
# Words are cut to this many characters: light, language-independent stemming (cancel, cancelled, cancellation).
_STEM = 7

_ENGLISH = """a about after all also am an and any are as at be been before being between both but by can could did do
does doing during each for from had has have having he her hers him his how i if in into is it its just may me might
more most my no nor not of off on or other our out over own same shall she should so some such than that the their
them then there these they this those through to too under up us very was we were what when where which while who
whom whose why will with would you your please tell according describe explain give list name"""
_GERMAN = """aber als am an auch auf aus bei bin bis bist da damit dann das dass dein dem den der des die dies diese dieser
dieses doch dort du durch ein eine einem einen einer eines er es für hat hatte ich ihr im in ist ja jede jeder kann
kein keine können man mit muss nach nicht noch nur ob oder sein seine sich sie sind so über um und uns unter vom von
vor war waren warum was wann weil welche welcher welches wenn wer werden wie wieder wird wo zu zum zur bitte"""
_ROMANCE = """au aux avec ce ces cette dans de des du elle en est et il ils la le les leur mais ou où par pas pour que qui
quel quelle quels sur un une dont comment quand al como con cual cuál cuándo cuando del donde dónde el ella esta este
las lo los para pero por qué que quién se ser son su sus una unos y a cosa che chi come da di e gli i il nel non per
quale quando se si sono un uno o os as um uma na no não onde qual"""
STOP_WORDS = frozenset(f"{_ENGLISH} {_GERMAN} {_ROMANCE}".split())


@lru_cache(maxsize=65_536)
def _fold(word: str) -> tuple[str, ...]:
    """Return the search terms of one word."""
    folded = word.casefold()
    if folded in STOP_WORDS:
        return ()
    if _CJK.search(folded):
        return tuple(folded[i : i + 2] for i in range(max(len(folded) - 1, 1)))
    if folded.isascii() and len(folded) > 3 and folded.endswith("s") and not folded.endswith("ss"):
        folded = folded[:-1]
    return (folded[:_STEM],) if folded.isalpha() else (folded,)


def terms(text: str) -> list[str]:
    """Return the folded content words of a text, in order, repetitions included."""
    return [term for word in _WORD.findall(text) for term in _fold(word)]
