"""Edits that change what a question asks, one function a kind; for training only, deterministic given the generator."""

import random
import re
from collections.abc import Callable

OPPOSITES = """open/close increase/decrease raise/lower enable/disable activate/deactivate lock/unlock freeze/unfreeze start/stop begin/end
add/remove buy/sell accept/reject approve/deny allow/block cheap/expensive cheapest/priciest early/late earliest/latest first/last before/after
incoming/outgoing credit/debit deposit/withdraw send/receive upload/download install/uninstall subscribe/unsubscribe connect/disconnect
love/hate best/worst high/low higher/lower maximum/minimum more/less more/fewer hot/cold left/right fast/slow long/short old/new
borrow/lend import/export public/private internal/external always/never morning/evening today/tomorrow son/daughter up/down on/off
mute/unmute show/hide increase/reduce turn-on/turn-off arrive/depart arrival/departure win/lose pass/fail safe/dangerous
possible/impossible able/unable legal/illegal available/unavailable valid/invalid healthy/unhealthy""".split()
CLASSES = [
    line.split()
    for line in """paris london berlin rome madrid tokyo chicago boston dallas seattle miami denver sydney dublin vienna
france germany spain italy japan canada mexico brazil india china england australia portugal greece egypt
monday tuesday wednesday thursday friday saturday sunday
january february march april june july august september october november december
dollars euros pounds yen rupees pesos francs
english german french spanish italian japanese russian polish
visa mastercard amex maestro
car bus train taxi bike plane
pizza pasta rice salad soup chicken beef fish
red green blue yellow black white
jazz rock pop classical metal
checking savings joint business
kitchen bedroom bathroom garage hallway
mother father brother sister uncle aunt
phone laptop tablet watch
alarm reminder timer meeting
breakfast lunch dinner
passport license visa
android iphone windows linux
john mary peter anna david sarah""".splitlines()
]
CONSTRAINTS = """only on weekends|without a fee|for a business account|if i am under 18|from abroad|for free|except on sundays|at least twice
|using only my phone|for a joint account|in less than a week|for non residents|without my card|with a prepaid card|for children|without internet
|online|if i lost my passport|for more than a year|with no credit check|outside working hours|just for today|for students|by post""".replace(
    "\n", ""
).split("|")
ROLES = """does {a} owe {b} money|convert {a} to {b}|is {a} better than {b}|flights from {a} to {b}|did {a} beat {b}|can {a} replace {b}
|who sued whom when {a} attacked {b}|move it from {a} to {b}|should {a} come before {b}|does {a} depend on {b}|has {a} paid {b}
|is {a} bigger than {b}|send money from my {a} to my {b}|how does {a} affect {b}|did {a} hire {b}|translate from {a} to {b}""".replace(
    "\n", ""
).split("|")
COUNTED = "for {} people|in {} days|{} times|for {} dollars|at {} pm|version {}|for {} hours|over {} kilometers|number {}".split(
    "|"
)
NUMBER_WORDS = "one two three four five six seven eight nine ten twelve fifteen twenty thirty fifty hundred".split()

Triple = tuple[str, str]  # the anchor, perhaps lengthened, and its near miss


def number(text: str, rng: random.Random) -> Triple:
    """Change a number, or give the question one that can be changed."""
    found = re.search(r"\d+", text)
    if found:
        return text, text[: found.start()] + str(int(found[0][:9]) + rng.choice([1, 2, 5, 10, 100])) + text[
            found.end() :
        ]
    tail = rng.choice(COUNTED)
    one, other = rng.sample(NUMBER_WORDS if rng.random() < 0.5 else [str(n) for n in range(2, 60)], 2)
    return f"{text} {tail.format(one)}", f"{text} {tail.format(other)}"


def negation(text: str, rng: random.Random) -> Triple:
    """Deny the first verb that an auxiliary, a question word or an order gives away."""
    asked = re.search(
        r"\b(can|could|should|does|do|did|is|are|was|will|would|has|have) (i|you|we|it|they|he|she)\b",
        text,
        re.IGNORECASE,
    )
    if asked:
        return text, f"{text[: asked.end()]} {rng.choice(['not', 'never', 'no longer'])}{text[asked.end() :]}"
    stated = re.search(r"(?<=\s)(is|are|was|will|can|should) ", text, re.IGNORECASE)
    if stated:
        return text, f"{text[: stated.end()]}not {text[stated.end() :]}"
    return text, f"{rng.choice(['do not', 'dont', 'never', 'stop trying to'])} {text}"


def antonym(text: str, rng: random.Random) -> Triple | None:
    """Put the opposite of one word in its place."""
    return _replaced(text, [pair.replace("-", " ").split("/") for pair in OPPOSITES], rng)


def entity(text: str, rng: random.Random) -> Triple:
    """Put another name of the same class in a name's place, or add one that can be exchanged."""
    found = _replaced(text, CLASSES, rng)
    if found:
        return found
    one, other = rng.sample(CLASSES[rng.choice([0, 1, 2, 3])], 2)
    link = rng.choice(["in", "for"]) if one in CLASSES[0] + CLASSES[1] else rng.choice(["on", "for"])
    return f"{text} {link} {one}", f"{text} {link} {other}"


def role_swap(text: str, rng: random.Random) -> Triple:
    """Exchange the two ends of "from A to B", or take a question of a kind that has two ends."""
    found = re.search(r"\bfrom (\w+) to (\w+)\b", text, re.IGNORECASE)
    if found:
        return text, f"{text[: found.start()]}from {found[2]} to {found[1]}{text[found.end() :]}"
    kind, names = rng.choice(ROLES), rng.choice(CLASSES)
    one, other = rng.sample(names, 2)
    return kind.format(a=one, b=other), kind.format(a=other, b=one)


def constraint(text: str, rng: random.Random) -> Triple:
    """Narrow the question."""
    bare = text.rstrip("?.! ")
    return text, f"{bare} {rng.choice(CONSTRAINTS)}{text[len(bare) :]}"


KINDS: dict[str, Callable[[str, random.Random], Triple | None]] = {
    "number": number,
    "negation": negation,
    "antonym": antonym,
    "entity": entity,
    "role swap": role_swap,
    "constraint": constraint,
}


def near_miss(text: str, rng: random.Random, kind: str | None = None) -> Triple:
    """The anchor and its near miss of this kind, or of a kind that the text allows."""
    chosen = kind or rng.choice(list(KINDS))
    return KINDS[chosen](text, rng) or constraint(text, rng)


def _replaced(text: str, classes: list[list[str]], rng: random.Random) -> Triple | None:
    found = []
    for words in classes:
        for word in words:
            match = re.search(rf"\b{word}\b", text, re.IGNORECASE)
            if match:
                found.append((match, [other for other in words if other != word]))
    if not found:
        return None
    match, others = rng.choice(found)
    other = rng.choice(others)
    return text, text[: match.start()] + (other.title() if match[0][0].isupper() else other) + text[match.end() :]
