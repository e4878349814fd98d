"""Which segments may change, and for which question."""

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.conversation import Decision, Role, Segment, Skip, decide
from fakes_compressor import long_text

DOC = long_text(4)


def talk(*turns: tuple[Role, str]) -> list[Segment]:
    """Make segments of roles and texts."""
    return [Segment(str(number), role, text) for number, (role, text) in enumerate(turns)]


def decisions(segments: list[Segment], *, compress_system: bool = False, stable: bool = True) -> list[Decision]:
    """Decide with the defaults."""
    return decide(segments, compress_system=compress_system, stable=stable)


def test_system_locked_and_assistant_texts_stay() -> None:
    """System text stays unless opened, locked text always, and answers were sent whole when they were the last."""
    segments = talk((Role.SYSTEM, DOC), (Role.ASSISTANT, DOC), (Role.ASSISTANT, DOC), (Role.USER, "Who pays?"))
    segments.append(Segment("locked", Role.TOOL, DOC, locked=True))
    found = decisions(segments)
    assert [one.skip for one in found] == [Skip.SYSTEM, Skip.LAST_ASSISTANT, Skip.LAST_ASSISTANT, None, Skip.LOCKED]
    opened = decisions(segments, compress_system=True, stable=False)
    assert [one.skip for one in opened[:3]] == [None, None, Skip.LAST_ASSISTANT]
    assert opened[0].query == opened[1].query == "Who pays?"


def test_a_user_message_is_weighed_against_its_own_question() -> None:
    """The question stays, the rest is weighed against it, first or last message alike."""
    segments = talk(
        (Role.USER, f"{DOC}\n\nWho counts?"), (Role.ASSISTANT, "A clerk."), (Role.USER, f"{DOC}\n\nWho pays?")
    )
    found = decisions(segments)
    assert [one.query for one in found] == ["Who counts?", "", "Who pays?"]
    assert found[0].question == ((len(DOC) + 2, len(DOC) + 13),)
    assert not found[0].late


def test_a_document_takes_the_question_that_follows_it() -> None:
    """Within one message the next part asks; across messages the next question does; both are late."""
    one_message = decisions(talk((Role.USER, DOC), (Role.USER, "Who pays?")))
    assert (one_message[0].query, one_message[0].late) == ("Who pays?", True)
    later = decisions(
        talk((Role.USER, DOC), (Role.ASSISTANT, "Ask."), (Role.USER, "Thanks."), (Role.USER, "Who pays?"))
    )
    assert (later[0].query, later[0].late, later[0].skip) == ("Who pays?", True, None)


def test_a_last_message_without_a_question_stays_whole() -> None:
    """Nothing says what matters in it, and the next turn must find it unchanged."""
    assert decisions(talk((Role.USER, DOC)))[0] == Decision(Skip.QUESTION, late=True)


def test_a_tool_result_is_weighed_against_its_call_and_the_user_before_it() -> None:
    """Name, arguments and the nearest user message before it make the query."""
    segments = talk((Role.USER, "Who pays?"), (Role.ASSISTANT, ""), (Role.TOOL, DOC), (Role.USER, "And who counts?"))
    segments[2] = Segment("2", Role.TOOL, DOC, call_name="read_page", call_arguments='{"page": 3}')
    assert decisions(segments)[2].query == 'read_page {"page": 3} Who pays?'
    assert decisions([segments[2]])[0].query == 'read_page {"page": 3}'
    assert decisions(talk((Role.TOOL, DOC)))[0] == Decision()


def test_a_query_named_by_the_caller_wins() -> None:
    """Where the caller knows the question, it is not derived."""
    found = decide([Segment("a", Role.USER, DOC, query="Who pays?")], compress_system=False, stable=True)
    assert (found[0].query, found[0].skip, found[0].late) == ("Who pays?", None, False)


TURNS = st.lists(
    st.sampled_from(
        [
            [(Role.USER, f"{DOC}\n\nWho counts?")],
            [(Role.USER, DOC), (Role.USER, "Who pays?")],
            [(Role.USER, "When was it built?")],
            [(Role.TOOL, DOC)],
            [(Role.TOOL, DOC), (Role.TOOL, "short")],
        ]
    ),
    min_size=2,
    max_size=6,
)


@given(TURNS)
def test_decisions_do_not_change_when_the_conversation_grows(turns: list[list[tuple[Role, str]]]) -> None:
    """Every segment that is not late is decided in its first turn, for good."""
    grown: list[tuple[Role, str]] = [(Role.SYSTEM, "Be kind.")]
    before: list[Decision] = []
    for turn in turns:
        grown += turn
        now = decisions(talk(*grown))
        assert now[: len(before)] == before
        grown.append((Role.ASSISTANT, "Fine."))
        before = now


def test_a_question_before_a_document_is_not_late() -> None:
    """What stood before the segment when it first appeared will stand there in every later request."""
    found = decisions(talk((Role.USER, "Who pays?"), (Role.USER, DOC)))
    assert (found[1].query, found[1].late) == ("Who pays?", False)
    both = decisions(talk((Role.USER, "Who pays?"), (Role.USER, DOC), (Role.USER, "Who leaves?")))
    assert (both[1].query, both[1].late) == ("Who leaves?", True)


def test_segments_that_nobody_wants_are_left_alone() -> None:
    """Only the wanted ones are decided on; the others may still ask for them."""
    segments = talk((Role.USER, DOC), (Role.USER, "Who pays?"), (Role.TOOL, DOC))
    found = decide(segments, compress_system=False, stable=True, wanted={0})
    assert [decision.skip for decision in found] == [None, Skip.POLICY, Skip.POLICY]
    assert found[0].query == "Who pays?"
