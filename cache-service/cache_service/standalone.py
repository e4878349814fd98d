"""Says whether a text means the same without its conversation and whenever it is asked; pure.

English and German are known; a text in another language passes unless its words look like theirs.
"""

import re

# Whole texts that only the conversation explains. Compared without case, punctuation and white space at the ends.
FOLLOW_UPS = re.compile(
    r"""(
      (yes|yeah|yep|no|nope|ok|okay|sure|fine|right|correct|exactly|maybe|please|thanks|thank\ you|got\ it|i\ see|go\ for\ it)
        (,?\ (please|thanks|thank\ you|do(\ it|\ that)?|go\ ahead|continue))?
    | (please\ )?(continue|go\ on|go\ ahead|carry\ on|keep\ going|proceed|next|more|again|try\ again|retry|repeat\ that)(\ please)?
    | why(\ not|\ so|\ is\ that)? | how(\ so|\ come)? | what | who | when | where | which(\ one)? | really | and(\ (then|now|you))?
    | (and\ )?(the\ )?(first|second|third|fourth|fifth|last|next|previous|other|former|latter|same)(\ (one|ones|option|part|point|again|here))?
    | (this|that|these|those|both|all|neither|either|another|one\ more)(\ (one|ones))?(\ please)?
    | (option|number|no|answer|choice|nummer|nr|antwort)?[.\ ]{0,2}([a-e]|\d{1,3}|one|two|three|eins|zwei|drei)\)?
    | do\ (it|that|this|so)(\ (again|now))? | tell\ me\ more(\ about\ (it|that|this|them))? | what\ else | anything\ else | such\ as
    | (please\ )?(explain|elaborate|summari[sz]e|translate|rewrite|shorten|fix|expand)(\ (it|that|this|them))?(\ (please|again|further))?
    | (and\ )?(what|how)\ about\ .{1,60}
    | (a\ bit\ |even\ |much\ )?(shorter|longer|simpler|more\ details?|in\ more\ detail)(\ please)? | (for\ |an?\ |another\ )?examples?(\ please)?
    | (and\ )?(now\ )?(in|into|as|auf|als)\ (an?\ |eine\ )?(english|german|french|spanish|italian|deutsch|englisch|französisch|table|list|json|tabelle|liste)(\ please|\ bitte)?
    | ja | nein | doch | gut | genau | bitte | danke | klar | stimmt | weiter | mach\ weiter | warum(\ nicht)? | wieso | weshalb | wie | wer | wann
    | wo | was | welche[rsn]? | und | noch\ mal | nochmal | noch\ eins | kürzer | länger | einfacher | genauer | (zum\ |ein\ )?beispiel
    | (und\ )?(der|die|das)\ (erste|zweite|dritte|letzte|andere|n[äa]chste|gleiche)[nrs]? | beide[ns]? | (ja|nein),?\ (bitte|danke)
    | mehr(\ dazu)? | was\ noch | und\ was\ ist\ mit\ .{1,60} | (erklär|erkläre|fass|fasse|übersetz|übersetze)\ (das|es|dies)(\ zusammen)?(\ bitte)?
    )""",
    re.VERBOSE | re.IGNORECASE,
)
# Short texts that lean on something said before.
POINTERS = re.compile(
    r"\b(it|that|this|these|those|them|they|its|their|he|she|him|her|one|ones|above|previous|earlier|das|dies\w*|davon|dazu|damit"
    r"|daran|darüber|dafür|sie|ihn|ihm|oben)\b",
    re.IGNORECASE,
)
LONGEST_FOLLOW_UP = 80
SHORT_WORDS = 8

_COUNT = r"(\d+|a|an|one|two|three|few|couple\ of|several|ein|eine[rnm]?|zwei|drei|wenigen|einigen|paar)"
_UNITS = r"(seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?)"
_EINHEITEN = r"(sekunden?|minuten?|stunden?|tage?n?|wochen?|monate?n?|quartale?n?|jahre?n?)"
_DAYS = r"(mon|tues|wednes|thurs|fri|satur|sun)day"
_TAGE = r"(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)"
TIME_BOUND = re.compile(
    rf"""\b(
      today('s)? | tonight | tomorrow | yesterday | now | nowadays | currently | latest | newest | recent | recently | just\ released
    | (?<!electric\ )(?<!alternating\ )(?<!direct\ )current(?!\ account)
    | (this|next|last|past|coming)\ (second|minute|hour|morning|afternoon|evening|night|week|weekend|month|quarter|year|{_DAYS})
    | (last|past|next|coming|previous)\ {_COUNT}\ {_UNITS} | {_COUNT}\ {_UNITS}\ (ago|from\ now|left) | these\ days
    | at\ the\ moment | at\ present | as\ of | as\ we\ speak | up[\ -]to[\ -]date | so\ far | to\ date | real[\ -]?time | upcoming | live\ score
    | breaking\ news | how\ (long|many\ {_UNITS})\ (until|till) | what\ (time|day|date|year)\ is | what's\ the\ (time|date|day)
    | weather | forecast | (exchange|interest|mortgage)\ rates? | (stock|share)\ prices? | open\ on\ {_DAYS}s?
    | heute | heutige[nrms]? | heutzutage | jetzt | jetzige[nrms]? | gestern | vorgestern | übermorgen | (?<!guten\ )morgen | derzeit(ige[nrms]?)? | zurzeit
    | momentan | gegenw[äa]rtig\w* | aktuell\w* | neueste[nrms]? | k[üu]rzlich | soeben | vorhin | zuletzt | bislang | bisher | vor\ kurzem
    | (diese[rnms]?|n[äa]chste[rnms]?|kommende[rnms]?|letzte[rnms]?|vergangene[rnms]?)\ (woche|wochenende|monat|quartal|jahr|nacht|{_TAGE})
    | (letzten|vergangenen|n[äa]chsten|kommenden)\ {_COUNT}\ {_EINHEITEN} | vor\ {_COUNT}\ {_EINHEITEN} | wie\ sp[äa]t | wie\ viel\ uhr
    | wetter\w* | wechselkurse?s? | aktienkurse?s? | b[öo]rsenkurse?s?
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
# A word that is spoken of, not used: what does "today" mean?
_QUOTED = re.compile(r"(?<!\w)(['\"“„‘«])[^\W\d_]{1,20}(?: [^\W\d_]{1,20}){0,2}['\"”“’‘»](?!\w)")  # noqa: RUF001


def is_follow_up(text: str, *, in_conversation: bool) -> bool:
    """Whether a text means something only after what was said before it."""
    words = " ".join(text[: 10 * LONGEST_FOLLOW_UP].split()).strip(" .,;:!?…")
    if len(words) <= LONGEST_FOLLOW_UP and FOLLOW_UPS.fullmatch(words):
        return True
    return in_conversation and len(words.split()) <= SHORT_WORDS and POINTERS.search(words) is not None


def is_time_bound(text: str) -> bool:
    """Whether the answer to a text depends on when it is asked."""
    return TIME_BOUND.search(text) is not None and TIME_BOUND.search(_QUOTED.sub(" ", text)) is not None
