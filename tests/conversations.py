"""Agent conversations made from a seed: questions, documents, tool calls with JSON, logs and prose, answers."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from compressor_service.conversation import Role, Segment

TURNS = 30

_THINGS = (
    "pump valve turbine ledger contract shipment sensor archive bridge vessel warehouse permit boiler invoice "
    "pipeline tunnel quarry mill orchard reservoir antenna ferry crane furnace greenhouse depot canal lighthouse"
).split()
_PEOPLE = "Ingrid Solvang,Tomás Rey,Aiko Mori,Lena Okafor,Piotr Zając,Samir Haddad,Ruth Lindqvist,Noah Brandt".split(
    ","
)
_VERBS = (
    "inspected repaired rejected approved delayed measured replaced documented closed reopened audited sold".split()
)
_PLACES = "Bergen Porto Osaka Lagos Gdynia Aqaba Malmö Graz Valdivia Halifax Trieste Izmir".split()
_SENTENCES = (
    "{person} {verb} the {thing} in {place} on day {n} of the year, although the {other} was not ready.",
    "The {thing} costs {n} euros, unless the {other} is delivered before {year}.",
    "Nobody in {place} may enter the {thing} without the consent of {person}.",
    "In {year} the {other} of {place} was moved next to the {thing}, which held {n} units at that time.",
    "According to {person}, the {thing} must never run beside the {other} for more than {n} minutes.",
    "A second {thing} stands idle; its {other} failed {n} times and was {verb} each time.",
    "Visitors like the view, the bread and the quiet evenings there.",
    "The report leaves open why the {other} in {place} weighs {n} kilograms more than planned.",
)
_QUESTIONS = (
    "What does the {thing} in {place} cost?",
    "Who {verb} the {thing}, and when?",
    "Which {thing} must not run beside the {other}?",
    "How many units did the {thing} hold in {year}?",
    "Why was the {other} in {place} moved?",
)


class _Writer:
    """Writes texts; the same seed writes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"conversation {seed}")

    def fill(self, template: str) -> str:
        """Fill a template's gaps."""
        draw = self.random.choice
        return template.format(
            person=draw(_PEOPLE), verb=draw(_VERBS), thing=draw(_THINGS), other=draw(_THINGS), place=draw(_PLACES),
            n=self.random.randrange(3, 9_000), year=self.random.randrange(1890, 2026),
        )  # fmt: skip

    def question(self) -> str:
        """Write a question."""
        return self.fill(self.random.choice(_QUESTIONS))

    def prose(self, sentences: int) -> str:
        """Write paragraphs under a heading."""
        written = [self.fill(self.random.choice(_SENTENCES)) for _ in range(sentences)]
        paragraphs = [" ".join(written[start : start + 5]) for start in range(0, sentences, 5)]
        return self.fill("# The {thing} of {place}\n\n") + "\n\n".join(paragraphs)

    def log(self, lines: int) -> str:
        """Write a log with many repetitions."""
        kinds = [self.fill("{thing}-service: {other} {verb} in {place}") for _ in range(4)]
        return "\n".join(
            f"2026-03-{1 + line // 1440:02d}T{line // 60 % 24:02d}:{line % 60:02d}:00Z INFO {self.random.choice(kinds)}"
            for line in range(lines)
        )

    def data(self, rows: int) -> str:
        """Write a JSON array of records."""
        records = [
            {"id": self.random.randrange(10**6), "name": self.fill("{thing} {other}"), "note": self.fill(_SENTENCES[0])}
            for _ in range(rows)
        ]
        return json.dumps(records, indent=2)


def make_conversation(seed: int, turns: int = TURNS) -> list[list[Segment]]:
    """Return what each request adds to the conversation, the answer to the request before it included."""
    writer = _Writer(seed)
    locked = writer.random.random() < 0.2
    system = Segment("0", Role.SYSTEM, writer.prose(writer.random.choice([8, 40])), locked=locked)
    requests = [[system, *_ask(writer)]]
    while len(requests) < turns:
        requests.append(_go_on(writer))
    return _numbered(requests)


def _go_on(writer: _Writer) -> list[Segment]:
    """The next request: tool results to what the model called, a message to its answer, or a message after a message."""
    kind = writer.random.random()
    if kind < 0.55:
        call = Segment("", Role.ASSISTANT, writer.random.choice(["", "Let me look that up."]))
        return [call, *(_tool_result(writer) for _ in range(writer.random.choice([1, 1, 2])))]
    if kind < 0.93:
        return [Segment("", Role.ASSISTANT, writer.prose(writer.random.randrange(3, 12))), *_ask(writer)]
    return _ask(writer)


def _ask(writer: _Writer) -> list[Segment]:
    """A message of the user: a question, with or without a document, or a document that is asked about later."""
    question, document = writer.question(), writer.prose(writer.random.randrange(20, 90))
    kinds: Sequence[Callable[[], list[str]]] = (
        lambda: [question],
        lambda: [f"{document}\n\n{question}"],
        lambda: [document],
        lambda: [document, question],
        lambda: [question, document],
        lambda: [f"Yes, go on with the {writer.random.choice(_THINGS)}."],
    )
    return [Segment("", Role.USER, text) for text in writer.random.choices(kinds, [6, 3, 1, 1, 1, 1])[0]()]


def _tool_result(writer: _Writer) -> Segment:
    name, write, size = writer.random.choices(
        [
            ("search_documents", writer.prose, (20, 160)),
            ("read_log", writer.log, (30, 150)),
            ("query_database", writer.data, (5, 40)),
            ("get_status", writer.prose, (1, 3)),
        ],
        [5, 2, 2, 1],
    )[0]
    arguments = json.dumps({"about": writer.question()})
    return Segment("", Role.TOOL, write(writer.random.randrange(*size)), call_name=name, call_arguments=arguments)


def _numbered(requests: Sequence[Sequence[Segment]]) -> list[list[Segment]]:
    numbered: list[list[Segment]] = []
    count = 0
    for request in requests:
        numbered.append([replace(segment, id=str(count + place)) for place, segment in enumerate(request)])
        count += len(request)
    return numbered
