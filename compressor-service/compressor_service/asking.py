"""Whether a sentence asks something or tells the model to do something."""

import re

_QUESTION_MARK = re.compile(r"[?？؟][\"'”’»)\]*_]*$")  # noqa: RUF001
_LABEL = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)]|#+|\*\*)?\s*")
_POLITE = re.compile(
    r"^(?:please|kindly|now|then|and|also|finally|first|using [^.]{1,60},|based on [^.]{1,80},|from [^.]{1,60},|given [^.]{1,60},"
    r"|in (?:one|two|three|a few|\d+) \w+,|bitte|nun|dann|und|s'il (?:vous|te) plaît|por favor|per favore)[\s,:]+",
    re.IGNORECASE,
)
# Verbs with which a model is told what to do, and hardly ever the reader of a document.
_VERBS = frozenset(
    """summarise summarize explain list describe write tell give translate compare extract identify answer classify rewrite
rephrase paraphrase draft generate outline analyse analyze calculate compute discuss convert debug implement propose suggest
rank respond reply quote count sort estimate define compose proofread shorten infer
fasse fassen erkläre erklären nenne nennen liste beschreibe beschreiben schreibe schreiben übersetze übersetzen vergleiche
vergleichen gib geben erstelle erstellen beantworte beantworten sag sage sagen formuliere formulieren analysiere analysieren
berechne berechnen antworte antworten zähle ermittle bewerte
résume résumez explique expliquez donne donnez traduis traduisez décris décrivez écris écrivez réponds répondez indique
indiquez cite citez resume resuma explica escribe escriba traduce traduzca enumera enumere dime diga indica responde
responda riassumi spiega elenca scrivi traduci rispondi descrivi resuma descreva traduza escreva
samenvat geef schrijf vertaal noem beantwoord""".split()
)
# Verbs that a document uses, too; they count only where the sentence points at the material.
_WEAK_VERBS = frozenset(
    """find create provide show review determine evaluate name state fix recommend check highlight pick choose turn make help
return output use read look consider decide group plan solve prove assess produce report correct edit improve simplify expand
continue complete fill verify finde finden zeige zeigen prüfe prüfen lies lesen trouve trouvez encuentra encuentre trova vat
leg""".split()
)
_MATERIAL = re.compile(
    r"\b(?:following|above|below|attached|(?:this|these|the|my|our) (?:text|document|article|report|passage|transcript|code|email"
    r"|e-mail|message|conversation|chat|meeting|notes?|contract|policy|data|log|logs|paragraphs?|files?|page|story|essay"
    r"|module|function|class|script|program|snippet|config(?:uration)?|query|table|json)"
    r"|folgenden?|obigen?|diesen? (?:text|bericht|dokument|artikel)|suivante?s?|ci-dessus|siguiente|anterior|seguente)\b",
    re.IGNORECASE,
)
_WISHES = re.compile(
    r"^(?:(?:can|could|would|will) (?:you|someone|anyone)\b|i (?:want|need|would like|'d like|wish) (?:to|you|a|an|the|some)\b|i'd like\b"
    r"|let me know\b|(?:what|how) about\b|do not\b.*\banswer|tl;?dr\b|your task\b|you (?:should|must|are to|will) \w+"
    r"|ich (?:möchte|will|hätte gern|brauche)\b|(?:kannst du|können sie|könntest du|könnten sie)\b|deine aufgabe\b|ihre aufgabe\b"
    r"|j'aimerais|je voudrais|peux-tu|pouvez-vous|quiero|quisiera|puedes|podrías|vorrei|puoi)",
    re.IGNORECASE,
)
# Tells the model to take the material in, and nothing about what to do with it.
_READING = re.compile(
    r"(?:(?:please|kindly|now|first|carefully|bitte)[\s,]+)*(?:read|see|study|consider|(?:have a |take a )?look at|go through"
    r"|keep|remember|lies|lesen sie|sieh dir|schau dir|beachte|lis|lisez|lee|leggi)\b",
    re.IGNORECASE,
)
_INTERROGATIVES = frozenset(
    """what who whom whose when where why which how is are was were do does did can could should would will has have wer
was wann wo warum wieso weshalb welche welcher welches wie wieviel worin womit qui que quoi quand où pourquoi comment quel
quelle combien qué quién cuándo dónde cuál cuánto cómo chi cosa quando dove perché quale quanto come wat wanneer waar waarom
hoe welke""".split()
)
_CJK_ASKS = re.compile(
    r"(?:吗|呢|か|ください|下さい|してほしい|教えて|까요?|나요|해\s?줘|하세요)[。.!\uff01]?$|^(?:请|請|总结|總結|翻译|翻譯|解释|列出)"
)


def asks(sentence: str) -> bool:
    """Say whether a sentence is a question, a wish, or an instruction."""
    bare = _LABEL.sub("", sentence, count=1).strip()
    if not bare:
        return False
    return bool(_QUESTION_MARK.search(bare) or _CJK_ASKS.search(bare)) or instructs(bare) or _asks_without_mark(bare)


def only_hands_over(sentence: str) -> bool:
    """Say whether a sentence merely asks to take the material in: "Please read this note." tells no relevance."""
    bare = _LABEL.sub("", sentence, count=1).strip()
    found = _READING.match(bare)
    if not found or "?" in bare:
        return False
    return not _VERBS & {word.lower() for word in re.findall(r"[\w'-]+", bare[found.end() :])}


def instructs(sentence: str) -> bool:
    """Say whether a sentence is a wish or an instruction."""
    bare = _POLITE.sub("", _LABEL.sub("", sentence, count=1).strip())
    if _WISHES.match(bare):
        return True
    first = re.match(r"[\w'-]+", bare)
    if not first or bare[first.end() :].lstrip().startswith((",", ".", ";")):
        return False
    verb = first[0].lower()
    return verb in _VERBS or (verb in _WEAK_VERBS and bool(_MATERIAL.search(bare)))


def _asks_without_mark(bare: str) -> bool:
    """A short line that begins like a question and has no full stop is one."""
    words = bare.split()
    return len(words) <= 25 and bare[-1] not in ".!:;,…。" and words[0].lower().strip("'\"") in _INTERROGATIVES
