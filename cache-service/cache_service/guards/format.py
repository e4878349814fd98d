"""Vetoes a pair that asks for its answer in another form or in another language; pure."""

import re
from functools import lru_cache

_FORMATS = {
    "json": "json",
    "yaml": "ya?ml",
    "csv": "csv",
    "xml": "xml",
    "html": "html",
    "markdown": "markdown",
    "latex": "latex",
    "table": "(?:as|in|into) (?:an? )?(?:\\w+ )?table|table form(?:at)?|tabular|als tabelle|tabellarisch",
    "list": "(?:as|in|into) an? (?:\\w+ )?list|(?:as|in) list form(?:at)?|bullet(?:ed)?(?: points?| list)?|numbered list|als liste|stichpunkte?n?",
    "code": "(?:write|give|show)(?: me)? (?:the |some |a )?(?:code|script|snippet|function)",
    "one sentence": "(?:in|with) (?:one|a single) sentence|one[- ]liner|in einem satz",
    "one word": "(?:in|with) (?:one|a single) word",
    "yes or no": "yes or no|yes/no|ja oder nein",
    "step by step": "step[- ]by[- ]step|schritt für schritt",
    "poem": "poem|haiku|rhyme|limerick|gedicht",
    "email": "(?:write|draft|compose)(?: me)? an? e-?mail",
    "for a child": "like i'?m (?:five|5|a child)|for (?:a child|children|kids|beginners)|eli5",
}
_FORMAT = re.compile(
    rf"\b(?:{'|'.join(f'(?P<f{number}>{pattern})' for number, pattern in enumerate(_FORMATS.values()))})\b",
    re.IGNORECASE,
)
_NAMES = {f"f{number}": name for number, name in enumerate(_FORMATS)}
_LANGUAGES = """english german french spanish italian portuguese dutch polish russian ukrainian chinese mandarin japanese korean arabic
hindi turkish greek swedish danish norwegian finnish czech hungarian romanian hebrew vietnamese thai indonesian latin""".split()
_IN_LANGUAGE = re.compile(
    rf"\b(?:in|into|to|from) (?P<language>{'|'.join(_LANGUAGES)})\b|\b(?P<german>auf|ins) (?P<name>deutsche?|englische?|französische?|spanische?|italienische?)\b",
    re.IGNORECASE,
)
_PROGRAMMING = re.compile(
    r"(?:^(?!go\b)|\b(?:in|with|using|for) )(python|java|javascript|typescript|ruby|rust|golang|go|kotlin|swift|php|perl|scala|sql|bash|powershell|excel"
    r"|c\+\+|c#|matlab|julia|haskell|lua|dart|vba)(?![\w+#])",
    re.IGNORECASE,
)


def difference(one: str, other: str) -> str | None:
    """The form or language that only one text asks for, None when both ask for the same."""
    mine, theirs = _asked(one), _asked(other)
    if mine == theirs:
        return None
    return f"{', '.join(sorted(mine - theirs)) or 'nothing'} / {', '.join(sorted(theirs - mine)) or 'nothing'}"


@lru_cache(maxsize=4_096)
def _asked(text: str) -> frozenset[str]:
    forms = {_NAMES[found.lastgroup or ""] for found in _FORMAT.finditer(text)}
    languages = {(found["language"] or found["name"]).lower() for found in _IN_LANGUAGE.finditer(text)}
    return frozenset(forms | languages | {found[1].lower() for found in _PROGRAMMING.finditer(text)})
