"""Vetoes a pair whose numbers differ: digits, number words, percents, ordinals, units; pure.

Numbers are compared in the order in which they stand: 5 minus 3 is not 3 minus 5.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

# Digits with the marks that may stand inside a number, and what is written against it.
DIGITS = re.compile(
    r"(?P<currency>[$€£¥]\s?)?(?P<digits>\d+(?:[.,:/'\u2009\u202f-]\d+)*)(?P<suffix>\s?(?:%|°[CF])|[a-zµ]+)?",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
TOKEN = re.compile(f"{DIGITS.pattern}|(?P<word>{WORD.pattern})", re.IGNORECASE)
GROUPED = re.compile(r"(\d{1,3})(?:([.,'\u2009\u202f])\d{3})(?:\2\d{3})*(?:[.,]\d+)?")

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
GERMAN = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn zwanzig"
).split()
TENS = "thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
    "seventeenth eighteenth nineteenth twentieth"
).split()
ROMAN = "ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi".split()
FRACTIONS = {"half": "0.5", "quarter": "0.25", "quarters": "0.25", "halb": "0.5", "halbe": "0.5", "halben": "0.5"}
VALUES = (
    {word: value for value, word in enumerate(SMALL)}
    | {word: value for value, word in enumerate(GERMAN)}
    | {word: 10 * value for value, word in enumerate(TENS, 3)}
)
ORDINAL_VALUES = {word: value for value, word in enumerate(ORDINALS, 1)} | {
    "thirtieth": 30,
    "once": 1,
    "twice": 2,
    "thrice": 3,
}
# Not v and x, which are more often letters than numbers.
ROMAN_VALUES = {word: str(value) for value, word in enumerate(ROMAN, 2) if len(word) > 1}
SCALES = {
    "hundred": 100, "hundert": 100, "thousand": 1000, "tausend": 1000, "k": 1000,
    "million": 10**6, "millions": 10**6, "millionen": 10**6, "billion": 10**9, "billions": 10**9,
    "milliarde": 10**9, "milliarden": 10**9, "dozen": 12, "dutzend": 12,
}  # fmt: skip
UNITS = {
    "%": "%", "percent": "%", "prozent": "%", "pct": "%", "$": "usd", "usd": "usd", "dollar": "usd", "dollars": "usd",
    "€": "eur", "eur": "eur", "euro": "eur", "euros": "eur", "£": "gbp", "gbp": "gbp", "¥": "jpy",
    "ms": "ms", "milliseconds": "ms", "s": "s", "sec": "s", "second": "s", "seconds": "s", "sekunde": "s", "sekunden": "s",
    "min": "min", "minute": "min", "minutes": "min", "minuten": "min", "h": "h", "hour": "h", "hours": "h", "stunde": "h", "stunden": "h",
    "day": "d", "days": "d", "tag": "d", "tage": "d", "tagen": "d", "week": "w", "weeks": "w", "woche": "w", "wochen": "w",
    "month": "mo", "months": "mo", "monat": "mo", "monate": "mo", "monaten": "mo", "year": "y", "years": "y", "jahr": "y", "jahre": "y", "jahren": "y",
    "km": "km", "kilometers": "km", "kilometres": "km", "kilometer": "km", "mile": "mi", "miles": "mi", "m": "m", "meter": "m", "meters": "m", "metres": "m",
    "cm": "cm", "mm": "mm", "kg": "kg", "kilograms": "kg", "kilogramm": "kg", "g": "g", "grams": "g", "gramm": "g", "mg": "mg",
    "hr": "h", "hrs": "h", "mins": "min", "secs": "s", "wk": "w", "wks": "w", "mos": "mo", "yr": "y", "yrs": "y", "fortnight": "fortnight",
    "lb": "lb", "lbs": "lb", "pound": "lb", "pounds": "lb", "oz": "oz", "ounce": "oz", "ounces": "oz", "kilo": "kg", "kilos": "kg", "kilogram": "kg",
    "gram": "g", "milligrams": "mg", "inch": "in", "inches": "in", "ft": "ft", "foot": "ft", "feet": "ft", "yard": "yd", "yards": "yd",
    "centimeters": "cm", "centimetres": "cm", "millimeters": "mm", "kilometre": "km", "metre": "m", "liter": "l", "liters": "l", "litre": "l",
    "litres": "l", "gallon": "gal", "gallons": "gal", "cup": "cup", "cups": "cup", "tbsp": "tbsp", "tablespoon": "tbsp", "tablespoons": "tbsp",
    "tsp": "tsp", "teaspoon": "tsp", "teaspoons": "tsp", "mph": "mph", "kph": "kmh", "bucks": "usd", "quid": "gbp", "yen": "jpy",
    "°c": "c", "celsius": "c", "°f": "f", "fahrenheit": "f", "kb": "kb", "mb": "mb", "gb": "gb", "tb": "tb", "am": "am", "pm": "pm",
}  # fmt: skip
# Before these, "one" counts something; after those, it stands for somebody or something named before.
PRONOUN_BEFORE = frozenset(
    "the this that which each every any no another some can could does do did should would may might must will is if when how someone".split()
)
_MERIDIEM = re.compile(r"(?<=[\d ])([ap])\.? ?m\b\.?")
ORDINAL_ENDS = frozenset({"st", "nd", "rd", "th"})


@dataclass(frozen=True)
class Number:
    """A number as text, so that 3.1 and 3.10 stay two versions; an ordinal is not the number it counts to."""

    value: str
    unit: str = ""
    ordinal: bool = False

    def __str__(self) -> str:
        return f"{self.value}{'.' if self.ordinal else ''}{' ' + self.unit if self.unit else ''}"


def difference(one: str, other: str) -> str | None:
    """The first number in which the texts differ, None when they hold the same numbers."""
    for mine, theirs in zip_longest(numbers_in(one), numbers_in(other)):
        if mine is None or theirs is None or not _same(mine, theirs):
            return f"{mine or 'nothing'} / {theirs or 'nothing'}"
    return None


def _same(mine: Number, theirs: Number) -> bool:
    units = {mine.unit, theirs.unit} - {""}
    return (
        (mine.value, mine.ordinal) == (theirs.value, theirs.ordinal)
        and (len(units) < 2)
        and _percent_agrees(mine, theirs)
    )


def _percent_agrees(mine: Number, theirs: Number) -> bool:
    """A unit may be left out where the other text names it; that something is a percentage may not."""
    return (mine.unit == "%") == (theirs.unit == "%")


@lru_cache(maxsize=4_096)
def numbers_in(text: str) -> tuple[Number, ...]:
    """The numbers of a text in order."""
    found: list[Number] = []
    tokens = list(TOKEN.finditer(_MERIDIEM.sub(r"\1m", text.lower().replace("\u2019", "'"))))
    index = 0
    while index < len(tokens):
        numbers, index = _read(tokens, index)
        found += numbers
    return tuple(found)


def _read(tokens: list[re.Match[str]], index: int) -> tuple[list[Number], int]:
    """The numbers that begin at a token, with the index of the token after them."""
    match = tokens[index]
    if match["digits"]:
        return _digits(tokens, index)
    word = match["word"]
    if word in VALUES and not _is_pronoun(tokens, index):
        return _words(tokens, index)
    if word in SCALES and word != "k":  # a dozen, a million
        return [Number(str(SCALES[word]))], index + 1
    if word in ROMAN_VALUES or word in FRACTIONS:
        return [Number(ROMAN_VALUES.get(word) or FRACTIONS[word])], index + 1
    if word in ORDINAL_VALUES and not (word == "second" and _before(tokens, index) in {"per", "a", "each", "every"}):
        return [Number(str(ORDINAL_VALUES[word]), ordinal=True)], index + 1
    return [], index + 1


def _digits(tokens: list[re.Match[str]], index: int) -> tuple[list[Number], int]:
    match = tokens[index]
    suffix = (match["suffix"] or "").strip()
    values = _values(match["digits"])
    if suffix in ORDINAL_ENDS:
        return [Number(value, ordinal=True) for value in values], index + 1
    unit = UNITS.get((match["currency"] or "").strip(), "") or UNITS.get(suffix, "")
    after = index + 1
    scale = SCALES.get(suffix) or SCALES.get(_word(tokens, after))
    if scale:
        after += suffix not in SCALES
        values[-1] = _scaled(values[-1], scale)
    elif suffix and not unit:  # part of a name, such as 4o
        values[-1] += suffix
    if not unit and _word(tokens, after) in UNITS:
        unit, after = UNITS[_word(tokens, after)], after + 1
    return [*(Number(value) for value in values[:-1]), Number(values[-1], unit)], after


def _words(tokens: list[re.Match[str]], index: int) -> tuple[list[Number], int]:
    """Number words that belong together: twenty one, two hundred, three million."""
    total, value = 0, VALUES[tokens[index]["word"]]
    after = index + 1
    while after < len(tokens):
        word = _word(tokens, after)
        if word in SCALES and word != "k":
            total, value = (total + value * SCALES[word], 0) if SCALES[word] > 100 else (total, value * SCALES[word])
        elif word in VALUES and (
            (0 < VALUES[word] < 10 <= value % 100 and value % 10 == 0) or value == 0 or value % 100 == 0
        ):
            value += VALUES[word]
        else:
            break
        after += 1
    if value % 10 == 0 and value % 100 >= 20 and 0 < ORDINAL_VALUES.get(_word(tokens, after), 0) < 10:
        return [
            Number(str(total + value + ORDINAL_VALUES[_word(tokens, after)]), ordinal=True)
        ], after + 1  # twenty first
    unit = UNITS.get(_word(tokens, after), "")
    return [Number(str(total + value), unit)], after + bool(unit)


def _values(digits: str) -> list[str]:
    """The values in one run of digits: one for a number, one each for the parts of a date, a time or a range."""
    if GROUPED.fullmatch(digits) and not digits.startswith("0"):
        return [_grouped(digits)]
    if re.fullmatch(r"\d+[.,]\d+", digits):
        whole, decimals = re.split(r"[.,]", digits)
        return [f"{_whole(whole)}.{decimals}"]
    return [_whole(part) for part in re.split(r"[^\d]", digits)]


def _grouped(digits: str) -> str:
    """A number with thousands separators; a single group after a point is a decimal fraction unless it is 000."""
    marks = re.findall(r"\D", digits)
    if len(set(marks)) == 2:
        whole, decimals = digits.rsplit(marks[-1], 1)
        return f"{_whole(_digits_of(whole))}.{decimals}"
    if marks == ["."] and not digits.endswith("000"):
        return digits
    return _whole(_digits_of(digits))


def _digits_of(grouped: str) -> str:
    return re.sub(r"\D", "", grouped)


def _whole(digits: str) -> str:
    return digits.lstrip("0") or "0"


def _scaled(value: str, scale: int) -> str:
    whole, _, decimals = value.partition(".")
    scaled = int(whole + decimals) * scale
    power = 10 ** len(decimals)
    return str(scaled // power) if scaled % power == 0 else str(scaled / power)


def _is_pronoun(tokens: list[re.Match[str]], index: int) -> bool:
    return tokens[index]["word"] == "one" and _before(tokens, index) in PRONOUN_BEFORE


def _before(tokens: list[re.Match[str]], index: int) -> str:
    return _word(tokens, index - 1) if index else ""


def _word(tokens: list[re.Match[str]], index: int) -> str:
    return tokens[index]["word"] or "" if index < len(tokens) else ""
