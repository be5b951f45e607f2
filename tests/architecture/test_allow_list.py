"""A file holds the fields that the list names, and the list names every field that a noun has or says why not."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum

import pytest

from sos_bayes.saving.allow_list import ENUMS, FIELDS, LEFT_OUT, by_name, kinds

NOUNS = sorted(FIELDS, key=lambda noun: noun.__name__)


def annotated(noun: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(noun)) if is_dataclass(noun) else noun._fields


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_every_field_is_on_the_list_or_left_out_with_a_reason(noun: type) -> None:
    """A field that is new is neither saved nor lost by accident: name it, or say why not, and raise SCHEMA."""
    left = LEFT_OUT.get(noun, {})
    assert set(FIELDS[noun]) | set(left) == set(annotated(noun))
    assert not set(FIELDS[noun]) & set(left)
    assert all(reason.strip() for reason in left.values())


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_every_field_has_kinds_that_can_be_read(noun: type) -> None:
    assert set(kinds(noun)) == set(FIELDS[noun])
    assert not any("Any" in str(kind) or "Callable" in str(kind) for kind in kinds(noun).values())


def test_no_two_nouns_share_a_name() -> None:
    assert len(by_name()) == len(FIELDS)


def test_enums_are_told_by_text() -> None:
    assert all(isinstance(one.value, str) for kind in ENUMS for one in kind)
    assert all(issubclass(kind, Enum) for kind in ENUMS)
