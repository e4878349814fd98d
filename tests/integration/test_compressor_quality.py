"""Facts of the sample documents survive, and chance would not have kept them."""

import random
from pathlib import Path

import pytest

from compressor_service.policy import Policy
from compressor_service.selection import lay_out, select
from compressor_service.spans import Span, join_kept
from compressor_service.structure import parse
from compressor_service.units import build_units
from fakes_compressor import COUNTER, run, user

DOCUMENTS = Path(__file__).parents[2] / "samples" / "documents"
# Question and fact by document, in words that differ between the two where people's words would.
FACTS = [
    (
        "leave_policy.md",
        "How many weeks of fully paid leave does a parent get who gives birth?",
        "18 weeks of fully paid parental leave",
    ),
    ("leave_policy.md", "What is the daily rate for meals on a trip?", "daily rate of 48 euros"),
    (
        "maintenance_contract.md",
        "How soon is a technician there when production has stopped?",
        "on site within 4 hours",
    ),
    (
        "maintenance_contract.md",
        "Which damage is not covered by maintenance?",
        "does not cover damage caused by overload",
    ),
    ("incident_report.md", "What caused the failures at the token vault?", "an expired intermediate certificate"),
    ("customer_faq.md", "When do I get a new battery for a weak one?", "once its capacity falls below 65 percent"),
    ("customer_faq.md", "What do both prices include?", "insurance, service and a lock"),
    (
        "api_guide.md",
        "After how many days without a scan is a parcel lost?",
        "declared lost after 20 days without a scan",
    ),
]


@pytest.mark.parametrize(("rate", "least"), [(0.5, 8), (0.33, 7)])
def test_the_facts_that_were_asked_for_are_kept(rate: float, least: int) -> None:
    """At half all of them, at a third all but one."""
    kept = []
    for name, question, fact in FACTS:
        text = (DOCUMENTS / name).read_text(encoding="utf-8")
        assert fact in text
        result = run([user(f"{text}\n\n{question}")], Policy(rate=rate)).segments[0]
        assert result.outcome.eligible_after <= rate * result.outcome.eligible_before
        kept.append(fact in result.text)
    assert sum(kept) >= least


def test_chance_keeps_far_fewer() -> None:
    """Random sentences at the same rate lose many facts, so the test above proves something."""
    chance = random.Random(7)
    kept = 0
    for name, _, fact in FACTS:
        text = (DOCUMENTS / name).read_text(encoding="utf-8")
        units = build_units(text, parse(text), count=COUNTER.count)
        chosen = select(units, [chance.random() for _ in units], COUNTER.count(text) // 2)
        fates = [Span(unit.start, unit.end, index in chosen) for index, unit in enumerate(units)]
        kept += fact in join_kept(text, lay_out(text, units, fates))
    assert kept <= 6
