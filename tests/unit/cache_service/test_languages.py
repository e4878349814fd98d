"""Whether the guards speak the language of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.languages import guards_speak


@pytest.mark.parametrize(
    "text",
    [
        "How do I reset my password?",
        "reset password",
        "change card limit abroad now",
        "Wie kündige ich meinen Vertrag?",
        "Was kostet die Wartung",
        "what does café mean",
        "42",
    ],
)
def test_english_and_german_are_spoken(text: str) -> None:
    """Also where a text is too short to say."""
    assert guards_speak(text)


@pytest.mark.parametrize(
    "text",
    [
        "¿Cómo puedo cambiar la contraseña de mi cuenta?",
        "Comment est-ce que je peux changer le mot de passe ?",
        "Come posso cambiare la password del conto?",
        "Hoe kan ik het wachtwoord van mijn account wijzigen?",
        "Как отменить мой заказ?",
        "如何取消我的订单",
        "パスワードを変更する方法",
        "كيف يمكنني إلغاء طلبي",
    ],
)
def test_other_languages_are_not(text: str) -> None:
    """So a stricter bound applies."""
    assert not guards_speak(text)


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    """It answers yes or no."""
    assert guards_speak(text) in {True, False}
