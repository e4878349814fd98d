"""How far a word reaches to the left of a place in it."""


def reach_back(text: str, position: int, floor: int, marks: str = "") -> int:
    """Return where the run of letters, digits and the given marks begins that ends here; not before the floor."""
    while position > floor and (text[position - 1].isalnum() or text[position - 1] in marks):
        position -= 1
    return position
