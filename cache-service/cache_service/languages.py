"""Tells whether the guards speak the language of a text, by its function words; pure.

The guards know English and German. Elsewhere they see numbers and little more, so a stricter bound applies.
"""

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_KNOWN = frozenset(
    """the a an of to in on at for with by from and or but if is are was were be been do does did have has had can could will
    would should may must i you he she it we they me him us them my your his her our their this that these those who what which
    when where why how not no as so than then there please much many some any about into over just like need want get
    der die das den dem des ein eine einen einem einer und oder aber wenn ist sind war waren sein haben hat hatte kann können
    wird werden soll muss ich du er sie es wir ihr mich mir dich dir uns mein meine dein deine unser wer was welche welcher
    wann wo warum wie nicht kein keine auf von zu im am für mit bei aus nach bitte viel viele""".split()
)
_FOREIGN = frozenset(
    """le la les un une des du et ou mais est sont était être avoir peut je tu il elle nous vous ils mon ma mes votre notre qui
    que quoi quel quelle quand où pourquoi comment ne pas sur dans pour avec par de el los las una unos y o pero es son fue ser
    estar puede yo él ella nosotros mi su sus quién qué cuál cuándo dónde por cómo no en para con del al gli uno ed ma è sono
    può io lui lei noi chi che cosa quale quando dove perché come non nel della per os as um uma e ou mas é são pode eu ele
    ela nós meu minha seu quem qual onde porque não em com do da het een en of maar zijn kan ik jij hij zij wij mijn jouw wie wat
    welke wanneer waar waarom hoe niet geen op van voor met door czy jak nie na się jest co gdzie kiedy hur vad och är inte""".split()
)
# Below this many words a text without a function word may well be one of ours.
SHORT_WORDS = 4


@lru_cache(maxsize=4_096)
def guards_speak(text: str) -> bool:
    """Whether a text is in a language that the guards know; a short one in Latin letters without any hint is."""
    words = [word.casefold() for word in _WORD.findall(text)]
    if not words:
        return True
    latin = sum(char.isascii() or char in "äöüßéèàç" for word in words for char in word)
    if latin < 0.8 * sum(map(len, words)):
        return False
    known, foreign = sum(word in _KNOWN for word in words), sum(word in _FOREIGN for word in words)
    if known == foreign == 0:
        return len(words) < SHORT_WORDS or text.isascii()
    return known >= foreign
