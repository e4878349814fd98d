"""The command `pith cache`: what a semantic cache holds, allows and decides."""
