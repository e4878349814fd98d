"""Words of a text as search terms: folded, without stop words, in any script."""

import re
from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache

WORD = re.compile(r"\w+")
_CJK = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿]")
# Words are cut to this many characters: light, language-independent stemming (cancel, cancelled, cancellation).
_STEM = 7
# Longer words, and runs of Chinese or Japanese, hardly come again: remembering them would cost memory for nothing.
_REMEMBERED_CHARACTERS = 32

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

# Stop words that say a text is English: those that the other languages above do not know.
_ONLY_ENGLISH = frozenset(_ENGLISH.split()) - frozenset(f"{_GERMAN} {_ROMANCE}".split())
_NUMBERS = frozenset(
    """one two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty sixty seventy
    eighty ninety hundred thousand million billion trillion dozen half quarter third percent zwei drei vier fünf sechs sieben
    acht neun zehn zwölf hundert tausend prozent deux trois quatre cinq six sept huit neuf dix cent mille dos tres cuatro cinco
    seis siete ocho nueve diez cien mil due tre quattro cinque sei sette otto nove dieci""".split()
)
_TIMES = frozenset(
    """january february march april june july august september october november december monday tuesday wednesday thursday
    friday saturday sunday year years month months week weeks day days hour hours minute minutes century centuries decade
    decades spring summer autumn winter today yesterday tomorrow noon midnight morning evening januar februar märz mai juni
    juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag jahr jahre jahren monat monate woche
    wochen tag tage stunde stunden uhr janvier février mars avril juin juillet août septembre octobre novembre décembre lundi
    mardi mercredi jeudi vendredi samedi dimanche an ans année mois jour jours heure heures enero febrero marzo abril mayo
    junio julio agosto septiembre octubre noviembre diciembre lunes martes jueves viernes sábado domingo año años mes""".split()
)
_REASONS = frozenset(
    "because due since therefore thus hence cause caused causes reason reasons weil denn daher deshalb wegen grund car donc porque".split()
)
_PRONOUNS = frozenset(
    "he she it they this that these those his her its their er sie es diese dieser dieses il elle ils".split()
)


class Trait(IntFlag):
    """What a word looks like, one bit each."""

    STOP = 1
    ENGLISH = 2
    CAPITAL = 4
    DIGIT = 8
    YEAR = 16
    NUMBER = 32
    TIME = 64
    REASON = 128
    PRONOUN = 256


@dataclass(frozen=True, slots=True)
class Word:
    """One spelling: its search terms and its traits."""

    terms: tuple[str, ...]
    traits: int


def look_up(word: str) -> Word:
    """Return what is known of one spelling."""
    if len(word) <= _REMEMBERED_CHARACTERS and (word.isascii() or not _CJK.search(word)):
        return _remembered(word)
    return _read(word)


def terms(text: str) -> list[str]:
    """Return the folded content words of a text, in order, repetitions included."""
    return [term for word in WORD.findall(text) for term in look_up(word).terms]


def _read(word: str) -> Word:
    folded = word.casefold()
    return Word(_fold(folded), _traits(word, folded))


_remembered = lru_cache(maxsize=65_536)(_read)


def _fold(folded: str) -> tuple[str, ...]:
    if folded in STOP_WORDS:
        return ()
    if _CJK.search(folded):
        return tuple(folded[i : i + 2] for i in range(max(len(folded) - 1, 1)))
    if folded.isascii() and len(folded) > 3 and folded.endswith("s") and not folded.endswith("ss"):
        folded = folded[:-1]
    return (folded[:_STEM],) if folded.isalpha() else (folded,)


def _traits(word: str, folded: str) -> int:
    found = 0
    for trait, words in _LISTS:
        if folded in words:
            found |= trait
    if word[0].isupper():
        found |= Trait.CAPITAL
    if any(map(str.isdigit, word)):
        found |= Trait.DIGIT
        if len(word) == 4 and word.isdecimal() and "1000" <= word <= "2100":
            found |= Trait.YEAR
    return int(found)


_LISTS = (
    (Trait.STOP, STOP_WORDS),
    (Trait.ENGLISH, _ONLY_ENGLISH),
    (Trait.NUMBER, _NUMBERS),
    (Trait.TIME, _TIMES),
    (Trait.REASON, _REASONS),
    (Trait.PRONOUN, _PRONOUNS),
)
