"""Numbers with their sign and unit, dates, times, money; and identifiers made of digits, such as hashes."""

import re
from collections.abc import Iterator

from compressor_service.reach import reach_back

Range = tuple[int, int]

_SPACE = r"[ \u00a0\u202f]"
_ENGLISH_MONTHS = (
    r"(?:Jan(?:uary|uar)?|Feb(?:ruary|ruar)?|Mar(?:ch)?|März|Mär|Apr(?:il)?|May|Mai|June?|Juni|July?|Juli|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Okt(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?)\b"
)
_OTHER_MONTHS = (
    r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo"
    r"|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre"
    r"|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|januari|februari|maart|april|juni"
    r"|juli|augustus|september|oktober|november|december|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września"
    r"|października|listopada|grudnia|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря)\b"
)
_DAY_END = rf"(?:\.|(?:{_SPACE}(?:of|de|di)))?{_SPACE}(?:{_ENGLISH_MONTHS}|{_OTHER_MONTHS})\.?(?:,?(?:{_SPACE}de)?{_SPACE}\d{{4}}(?!\d))?"
_UNIT_WORDS = (
    r"EUR|USD|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|euros?|dollars?|cents?|pounds?|Euro|Dollar|percent|per cent|percentage points?"
    r"|Prozent|bps|hundred|thousand|million|billion|trillion|dozen|Tausend|Millionen|Milliarden|Mio\.?|Mrd\.?|millions?|milliards?"
    r"|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|weeks?|months?|years?|decades?|quarters?|Tagen?|Stunden?|Minuten?|Sekunden?"
    r"|Wochen?|Monaten?|Jahren?|jours?|heures?|semaines?|mois|années?|ans|días?|horas?|semanas?|meses|años?|giorni|ore|mesi|anni"
    r"|dagen|uur|weken|maanden|jaar|a\.m\.|p\.m\.|am|pm|AM|PM|Uhr|o['’]clock|BCE?|CE|AD|v\. Chr\.|n\. Chr\."  # noqa: RUF001
    r"|km/h|m/s|miles?|feet|foot|inch(?:es)?|yards?|acres?|ha|kilomet(?:er|re)s?|met(?:er|re)s?|tons?|tonnes?|lbs?|ounces?|oz|lit(?:er|re)s?"
    r"|gallons?|degrees?|Grad|points?|times|items|bytes?|bits?|px|rpm|dB|k?cal|mph|kmh?|[kmcµn]?m[²³23]?|[kmµ]?g|[mcdh]?l|h|s|[mµn]s|min"
    r"|[kMGT]?W|[kMGT]?Wh|[km]?V|m?A|[kMG]?Hz|[kMGTP]i?B|[kMGT]?bit/s|[kMGT]bps|hPa|kPa|Pa|bar|K"
)
_COUNTER = "[年月日号號時时点點分秒元円圓块塊万萬億亿兆人个個歳岁次件名台本년월일시분초원명개]"
_AFTER = re.compile(
    rf"{_SPACE}?(?:%|‰|°{_SPACE}?[CFK]?|[€$£¥₹₩₽₺฿₿])|{_SPACE}?{_COUNTER}(?:\d{{1,9}}{_COUNTER})*+"
    rf"|{_DAY_END}|[ \u00a0\u202f-](?:{_UNIT_WORDS})(?![\w])"
)
_BEFORE = re.compile(
    rf"(?:(?<![^\W_])[-+−±~≈≤≥<>]|(?<![^\W_])(?:[A-Z]{{1,3}})?[€$£¥₹₩₽₺฿₿]{_SPACE}?|\b(?:EUR|USD|GBP|CHF|JPY|CNY|INR|Rs\.?|N[or]\.){_SPACE}"  # noqa: RUF001
    rf"|§§?{_SPACE}?|[#№]{_SPACE}?)+$"
)
_MONTH_FIRST = re.compile(rf"{_ENGLISH_MONTHS}\.?{_SPACE}\d{{1,4}}(?!\d)(?:st|nd|rd|th)?(?:,?{_SPACE}\d{{4}}(?!\d))?")
_DIGIT = re.compile(r"\d")
# Digits go on over the marks between them and over letters: 1,250.00, 2024-03-15T10:00, 3rd, 10k.
_NUMBER = re.compile(
    r"(?:\d{1,3}(?: \d{3})++(?![\w.,-]*\d)|\d(?:[\da-zA-Z]|[.,:/^'’_+\u2013\u2212-](?=\d)|[\u00a0\u202f](?=\d{3}(?!\d)))*+)"  # noqa: RUF001
)
_ID = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![^\W_])"
    r"|(?:0x)?(?=[0-9a-f]*[a-f])[0-9a-f]{7,128}(?![^\W_])|0x[0-9a-fA-F]{2,64}(?![^\W_])|(?:0x)?(?=[0-9A-F]*[A-F])[0-9A-F]{7,128}(?![^\W_])"
)
_LONGEST_PREFIX = 8
_SIGNS = frozenset("-+−±~≈≤≥<>$€£¥₹₩₽₺฿₿§#№")  # noqa: RUF001
_ENDS_PREFIX = frozenset(".$€£¥₹₩₽₺฿₿§#№")
_SHORTEST_ID = 7


def find_month_dates(text: str, start: int, end: int) -> Iterator[Range]:
    """Yield the dates that begin with the name of a month."""
    for found in _MONTH_FIRST.finditer(text, start, end):
        if found.start() == start or not text[found.start() - 1].isalnum():
            yield found.span()


def find_quantities(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield everything with a digit in it, in order: its range, and whether it is an identifier and not a number."""
    position = start
    while (digit := _DIGIT.search(text, position, end)) and (core := _NUMBER.match(text, digit.start(), end)):
        begin = _reach_latin(text, digit.start(), position)
        identifier = _ID.match(text, begin, end) if core.end() - begin >= _SHORTEST_ID else None
        if identifier:
            yield begin, identifier.end(), True
            position = identifier.end()
        else:
            after = _AFTER.match(text, core.end(), end)
            first = _reach_sign(text, begin, position)
            position = (after or core).end()
            yield first, position, False


def _reach_sign(text: str, begin: int, floor: int) -> int:
    """Return where the sign, the currency or the paragraph mark before a number begins."""
    if begin - floor < 2:
        return floor if text[floor:begin] in _SIGNS else begin
    if text[begin - 1] == " " and text[begin - 2] not in _ENDS_PREFIX and not text[begin - 2].isupper():
        return begin
    before = _BEFORE.search(text, max(floor, begin - _LONGEST_PREFIX), begin)
    return before.start() if before else begin


def _reach_latin(text: str, position: int, floor: int) -> int:
    begin = reach_back(text, position, floor)
    while begin < position and text[begin] >= "\u2e80":
        begin += 1
    return begin
