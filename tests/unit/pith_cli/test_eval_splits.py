"""Tests of the parts of a data set."""

from hypothesis import given
from hypothesis import strategies as st

from pith_cli.eval.samples import AnswerSample, DataSet, MeetingSample, Sample, Scenario, SupportSample
from pith_cli.eval.splits import Split, choose, is_dev

PAGE = SupportSample((("A", ("x.",)),), "?", (("A", 0),))
MEETING = MeetingSample((("A", "x"),), "?", ((0, 0),))
ANSWER = AnswerSample("x", "?", ("x",))


def test_pages_are_split_by_the_digest_of_their_id() -> None:
    """One in five is dev, whatever split the item was published in."""
    ids = [str(number) for number in range(200)]
    flags = [is_dev(Scenario.SUPPORTING, Sample(1, PAGE, id_, "train")) for id_ in ids]
    assert 20 < sum(flags) < 60
    # sha256("abc") is f20015ad in its last eight digits; powers of 16 leave 1 when divided by five.
    digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert is_dev(Scenario.SUPPORTING, Sample(1, PAGE, "abc")) == (sum(int(d, 16) for d in digits) % 5 == 0)


def test_dev_is_the_default_where_a_file_has_both_parts() -> None:
    """Meetings name their split, val is dev."""
    samples = (Sample(1, MEETING, split="train"), Sample(2, MEETING, split="val"))
    data = DataSet(Scenario.RELEVANT, samples)
    assert choose(data, None) == (Split.DEV, samples[1:])
    assert choose(data, Split.DEV) == (Split.DEV, samples[1:])
    assert choose(data, Split.TRAIN) == (Split.TRAIN, samples[:1])
    assert choose(data, Split.ALL) == (Split.ALL, samples)


def test_a_file_that_is_one_part_is_taken_whole() -> None:
    """Data sets that come as separate files have no parts inside, and the answer says so."""
    data = DataSet(Scenario.KEPT, (Sample(1, ANSWER), Sample(2, ANSWER)))
    for wanted in (None, *Split):
        assert choose(data, wanted) == (Split.ALL, data.samples)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=30))
def test_train_and_dev_are_disjoint_and_all_together(ids: list[str]) -> None:
    """No question is measured that could have been trained on."""
    data = DataSet(Scenario.SUPPORTING, tuple(Sample(n, PAGE, id_) for n, id_ in enumerate(ids)))
    (part, train), (_, dev) = choose(data, Split.TRAIN), choose(data, Split.DEV)
    if part is not Split.ALL:
        assert {s.line for s in train} | {s.line for s in dev} == set(range(len(ids)))
        assert not {s.id for s in train} & {s.id for s in dev}
