"""The command `pith up`: the whole stack on one machine, and sample traffic through it."""
