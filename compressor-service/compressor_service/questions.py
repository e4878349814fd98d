"""Which part of a user's message asks, and which part is material for the answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from compressor_service import sentences
from compressor_service.asking import asks, instructs, only_hands_over
from compressor_service.structure import PROTECTED, Block, ContentType, Kind, Layout, parse

# Most first sentences end before.
_HEAD = 160
_LONG_BLOCK = 600
_LEAD_IN = 300
_GREETING = 60
_LOOK_UP = 14
# From so many questions with answers on, a message is a list of them.
_CATALOGUE = 3
_QUERY_CHARACTERS = 4_000

_ASK_LABEL = r"question|query|task|instructions?|request|prompt|frage|aufgabe|anweisung|pregunta|tarea|domanda|compito|pergunta|vraag|q"
_TEXT_LABEL = (
    r"context|document|text|passage|article|background|source|transcript|content|data|input|excerpt|report|notes|email"
    r"|kontext|dokument|hintergrund|artikel|quelle|contexte|contexto|texto|texte|testo"
)
_LABELLED = re.compile(
    rf"^[ \t]*(?:#+[ \t]*)?(?:\*\*|__)?(?:(?P<ask>{_ASK_LABEL})|(?P<text>{_TEXT_LABEL}))(?:\*\*|__)?[ \t]*:(?:\*\*|__)?",
    re.IGNORECASE | re.MULTILINE,
)
_OPEN_TAG = re.compile(r"<(question|query|task|instructions?|user_query|request)>", re.IGNORECASE)
_EXAMPLE = re.compile(
    r"^[ \t]*(?:Q|Question|Input|User|Human|Example|Frage|Eingabe)[ \t]*\d*:", re.IGNORECASE | re.MULTILINE
)
_OPEN_ANSWER = re.compile(
    r"^[ \t]*(?:A|Answer|Output|Assistant|Antwort|Ausgabe)[ \t]*:?[ \t]*\Z", re.IGNORECASE | re.MULTILINE
)

# What may stand below a question without being one: thanks, and how the answer should look.
_CLOSING = re.compile(
    r"(?:thanks|thank you|thx|cheers|best|regards|please|be |keep |only |just |no |don't|do not|use |in |as |if |i |we |it |answer|reply"
    r"|danke|bitte|vielen dank|ich |wir |nur |merci|gracias|grazie)",
    re.IGNORECASE,
)
_CLOSING_LENGTH = 160

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Split:
    """The ranges of a message that must stay, and what they ask; without a query the message asks nothing plainly."""

    question: tuple[Range, ...] = ()
    query: str = ""
    layout: Layout | None = None


def split_message(text: str, content_type: ContentType = ContentType.AUTO) -> Split:
    """Find the part of a message that asks: by its label, at the end and at the top, or alone in the middle.

    A sentence that only hands over to the material ("Here it is:") stays, but asks nothing; neither do questions in
    the middle, which may belong to the material.
    """
    layout = parse(text, content_type)
    stripped = text.rstrip()
    if len(_EXAMPLE.findall(stripped)) >= 2 and _OPEN_ANSWER.search(stripped):
        return Split(layout=layout)  # worked examples: every part of them shapes the answer
    labelled = _labelled(text)
    asking = labelled or _ends(text, layout.blocks)
    query = "\n".join(text[start:end] for start, end in asking)
    if len(query) > _QUERY_CHARACTERS:
        query = query[: _QUERY_CHARACTERS // 2] + "\n" + query[-_QUERY_CHARACTERS // 2 :]
    staying = asking or [found for found in [_lead_in(text, layout.blocks), *_middle(text, layout.blocks)] if found]
    return Split(tuple(staying), query, layout)


def _tagged(text: str) -> list[Range]:
    """Take what stands in question tags, tags included."""
    lowered = text.lower()
    ranges: list[Range] = []
    position = 0
    unclosed: set[str] = set()
    for opening in _OPEN_TAG.finditer(text) if len(lowered) == len(text) else ():
        closing = f"</{opening[1].lower()}>"
        if opening.start() < position or closing in unclosed:
            continue
        end = lowered.find(closing, opening.end())
        if end < 0:  # nor will a later tag of this name be closed
            unclosed.add(closing)
            continue
        position = end + len(closing)
        ranges.append((opening.start(), position))
    return ranges


def _labelled(text: str) -> list[Range]:
    """Take what stands in question tags or under a question label, up to the next label or blank line."""
    tagged = _tagged(text)
    if tagged:
        return tagged
    labels = list(_LABELLED.finditer(text))
    asking = [number for number, found in enumerate(labels) if found["ask"]]
    if len(asking) != 1:  # none, or a list of questions and answers, which is material
        return []
    number = asking[0]
    start = labels[number].start()
    following = labels[number + 1].start() if number + 1 < len(labels) else len(text)
    blank = re.compile(r"\n[ \t\r]*\n").search(text, labels[number].end(), following)
    if following == len(text) and start > 0 and len(text) - start <= 4 * _LONG_BLOCK:
        return [(start, len(text.rstrip()))]
    end = blank.start() if blank and text[labels[number].end() : blank.start()].strip() else following
    return [(start, end)] if end < len(text) or start > 0 else []


def _ends(text: str, blocks: Sequence[Block]) -> list[Range]:
    """Take the asking part at the end and the one at the top."""
    bottom = _bottom(text, blocks)
    top = _top(text, blocks, strict=bottom is not None)
    if top and _is_catalogue(text, blocks) and not _stands_apart(text, top, blocks):
        top = None
    if top and bottom and top[1] >= bottom[0]:
        return [(min(top[0], bottom[0]), max(top[1], bottom[1]))]
    return [found for found in (top, bottom) if found]


def _is_material(block: Block) -> bool:
    """Say whether a block cannot be what a user says to the model."""
    return (
        block.kind in PROTECTED
        or block.kind in {Kind.TURN, Kind.LOG, Kind.EXAMPLE}
        or (block.kind is Kind.HEADING and block.level < 7)
    )


def _bottom(text: str, blocks: Sequence[Block]) -> Range | None:
    """Walk up from the last block: closing words and the items of a list may stand below the one that asks."""
    found: int | None = None
    last = len(blocks) - 1
    while last >= 0 and blocks[last].kind is Kind.TAG:
        last -= 1
    for index in range(last, max(last - _LOOK_UP, -1), -1):
        block = blocks[index]
        if _is_material(block):
            break
        asking = _asking(text, block)
        if found is None and (_ends_asking(text, asking) or _opens_list(text, block, asking, below=last - index)):
            found = index
        elif found is None and (
            block.kind is Kind.ITEM or (last - index < 2 and _closes(text, block.start, block.end))
        ):
            continue
        elif (
            found is not None
            and block.end - block.start <= _LEAD_IN
            and (_ends_asking(text, asking) or _hands_over(text, block))
        ):
            found = index
        else:
            break
    return None if found is None else (_first_asking(text, blocks[found]), blocks[last].end)


def _ends_asking(text: str, asking: dict[Range, bool]) -> bool:
    """Say whether the last sentence asks, or only closing words follow the last one that does."""
    ranges = list(asking)
    while ranges and not asking[ranges[-1]] and _closes(text, *ranges[-1]):
        ranges.pop()
    return bool(ranges) and asking[ranges[-1]]


def _opens_list(text: str, block: Block, asking: dict[Range, bool], *, below: int) -> bool:
    """Say whether a block asks for what the list below it says."""
    return below > 0 and _hands_over(text, block) and any(asking.values())


def _closes(text: str, start: int, end: int) -> bool:
    return end - start <= _CLOSING_LENGTH and bool(_CLOSING.match(text, start))


def _hands_over(text: str, block: Block) -> bool:
    return text[block.end - 1] in ":："  # noqa: RUF001


def _lead_in(text: str, blocks: Sequence[Block]) -> Range | None:
    """Take a short first block that hands over to the material."""
    if not blocks or _is_material(blocks[0]) or blocks[0].end > _LEAD_IN:
        return None
    start, end = blocks[0].start, blocks[0].end
    return (start, end) if _hands_over(text, blocks[0]) or only_hands_over(text[start:end]) else None


def _first_asking(text: str, block: Block) -> int:
    """Return where the asking part of a block begins: in a long one, a sentence before the asking run at its end."""
    if block.end - block.start <= _LONG_BLOCK:
        return block.start
    asking = list(_asking(text, block).items())
    first = len(asking)
    while first > 0 and (asking[first - 1][1] or not any(flag for _, flag in asking[first:])):
        first -= 1
    return asking[max(first - 1, 0)][0][0]


def _top(text: str, blocks: Sequence[Block], *, strict: bool) -> Range | None:
    """Take the first block when it asks; a short greeting before it is passed over.

    Strict, where something asks at the end already: then the first block must ask to its end, or instruct.
    """
    for block in [block for block in blocks[:4] if block.kind is not Kind.TAG][:2]:
        if _is_material(block):
            return None
        asking = _asking(text, block)
        if _ends_asking(text, asking) and block.end - block.start <= _LONG_BLOCK:
            return blocks[0].start, block.end
        early = [piece for piece, flag in list(asking.items())[:3] if flag]
        if early and (not strict or any(instructs(text[start:end]) for start, end in early)):
            return blocks[0].start, max(early[-1][1], block.end if _hands_over(text, block) else 0)
        if block.end - block.start > _GREETING:
            return None
    return None


def _middle(text: str, blocks: Sequence[Block]) -> list[Range]:
    """Take up to three paragraphs that do nothing but ask; more of them are a catalogue, which is material."""
    alone = [
        (block.start, block.end)
        for block in blocks
        if block.kind is Kind.PROSE and block.end - block.start <= _LONG_BLOCK and _only_asks(text, block)
    ]
    return alone if len(alone) <= 3 else []


def _asking(text: str, block: Block) -> dict[Range, bool]:
    return {(start, end): _asks(text[start:end]) for start, end in _sentences(text, block)}


def _only_asks(text: str, block: Block) -> bool:
    head = sentences.split(text, block.body, min(block.end, block.body + _HEAD), wrapped=block.wrapped)
    if len(head) > 1 and not _asks(text[slice(*head[0])]):
        return False  # the usual case, seen without cutting the whole block
    return all(_asks(text[start:end]) for start, end in _sentences(text, block))


def _sentences(text: str, block: Block) -> list[Range]:
    return sentences.split(text, block.body, block.end, wrapped=block.wrapped) or [(block.start, block.end)]


def _asks(sentence: str) -> bool:
    return asks(sentence) and not only_hands_over(sentence)


def _stands_apart(text: str, top: Range, blocks: Sequence[Block]) -> bool:
    """Say whether a question at the top is followed by another one instead of by its answer."""
    after = next((block for block in blocks if block.end > top[1]), None)
    return (
        after is not None
        and after.start >= top[1]
        and (_is_material(after) or next(iter(_asking(text, after).values())))
    )


def _is_catalogue(text: str, blocks: Sequence[Block]) -> bool:
    """Say whether a message is a list of questions with their answers: then its first question is nobody's."""
    answered = 0
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        if _is_material(block) or "?" not in text[block.start : block.end]:
            continue
        asking = list(_asking(text, block).values())
        alone = (
            all(asking) and after is not None and not _is_material(after) and "?" not in text[after.start : after.end]
        )
        answered += any(asking) and (alone or not asking[-1])
    return answered >= _CATALOGUE
