"""What requests are about, and what narrows a request about that; which intents leave the answer open; pure."""

import re

_TOPICS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (topic, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for topic, words in (
        ("travel", "flights?|fly|hotel|visa|travel|trip|vacation|luggage|carry on|rental|rent a car|plane|airport"),
        ("food", "recipe|cook|bake|meal|ingredients?|dinner|eat|food|dish|restaurants?|calories|lunch"),
        ("home", "lights?|alarm|timer|reminder|music|song|playlist|volume|calendar|meetings?|remind|schedule"),
        (
            "money",
            "cards?|account|money|transfers?|payments?|cash|top.?up|bank|pin|charged?|fees?|refund|statement|pay|bill|atm",
        ),
    )
)
CONSTRAINTS: dict[str, tuple[str, ...]] = {
    "travel": (
        "only on weekdays", "without a stop", "except on sundays", "only for children", "without a passport",
        "for at most two people", "excluding public holidays", "unless it costs more than usual", "but only by train",
        "except in summer", "for someone under 18", "only for members",
    ),
    "food": (
        "without any dairy", "only for vegetarians", "except for the sauce", "without an oven", "excluding dessert",
        "for at most two people", "only for children", "unless it has nuts", "but only if it takes under ten minutes",
        "without added salt",
    ),
    "home": (
        "only on weekdays", "except on sundays", "but only after midnight", "excluding public holidays",
        "unless i am away", "without any sound", "only in the kitchen", "at most once", "only for today",
        "except the last one",
    ),
    "money": (
        "only on weekdays", "without using the app", "without paying a fee", "except on sundays", "from abroad only",
        "only for business accounts", "excluding public holidays", "without a password", "unless it is over the limit",
        "for someone under 18", "without leaving home", "only for new customers", "except for the largest one",
        "at most once", "but only for joint accounts",
    ),
}  # fmt: skip

# Intents of CLINC150 whose answer depends on more than the intent: two requests of one are two questions.
OPEN_INTENTS = frozenset(
    "translate definition spelling calculator text make_call recipe ingredients_list ingredient_substitution calories "
    "nutrition_info cook_time food_last meal_suggestion restaurant_reviews restaurant_suggestion restaurant_reservation "
    "how_busy accept_reservations confirm_reservation cancel_reservation directions distance measurement_conversion "
    "exchange_rate timezone weather travel_alert travel_suggestion travel_notification plug_type international_visa "
    "vaccines flight_status book_flight book_hotel car_rental play_music reminder reminder_update "
    "todo_list_update shopping_list_update calendar calendar_update schedule_meeting meeting_schedule timer alarm "
    "transfer pay_bill bill_due bill_balance transactions spending_history balance order change_user_name "
    "change_language change_accent uber traffic gas_type share_location update_playlist next_holiday "
    "min_payment interest_rate routing date time smart_home roll_dice carry_on credit_limit".split()
)
# What means nothing on its own.
CHAT_INTENTS = frozenset("greeting goodbye thank_you yes no maybe repeat cancel".split())


def topic_of(text: str) -> str:
    """Return what a request is about; empty when that is not known."""
    return next((topic for topic, pattern in _TOPICS if pattern.search(text)), "")
