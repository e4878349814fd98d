"""Which questions of a data set are for tuning and measuring, and which are for training; pure."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum

from pith_cli.eval.samples import DataSet, Sample, Scenario

_DEV_NAMES = frozenset({"dev", "val", "validation"})
_DEV_SHARE = 5


class Split(StrEnum):
    """A part of a data set."""

    TRAIN = "train"
    DEV = "dev"
    ALL = "all"


def choose(data: DataSet, wanted: Split | None) -> tuple[Split, tuple[Sample, ...]]:
    """Return the wanted part, or dev where the file has both parts; a file without parts counts as a whole."""
    dev = [is_dev(data.scenario, sample) for sample in data.samples]
    if wanted is Split.ALL or all(dev) or not any(dev):
        return Split.ALL, data.samples
    wanted = wanted or Split.DEV
    return wanted, _pick(data.samples, [flag == (wanted is Split.DEV) for flag in dev])


def is_dev(scenario: Scenario, sample: Sample) -> bool:
    """Say whether a question is for tuning: one in five by its id's digest, or what its split says."""
    if scenario is Scenario.SUPPORTING:
        # These files name the split that an item was published in, which is not the one kept here.
        return int(hashlib.sha256(sample.id.encode()).hexdigest(), 16) % _DEV_SHARE == 0
    return sample.split in _DEV_NAMES


def _pick(samples: Sequence[Sample], flags: Sequence[bool]) -> tuple[Sample, ...]:
    return tuple(sample for sample, flag in zip(samples, flags, strict=True) if flag)
