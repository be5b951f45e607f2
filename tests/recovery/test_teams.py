"""Coverage with children in teams in authorities: .86 to .94 where the practice starts in whole authorities. Slow."""

from __future__ import annotations

import pytest

from tests.recovery.teams import USUAL, WORLDS, made, measured, truth

REPLICATES, FIRST_SEED = 60, 720_000
CARRIED = (
    "many teams", "many teams, effect", "few large teams", "teams whose shares change", "families of three",
    "two adopters, one team each",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", CARRIED)
def test_shocks_of_authorities_carry_teams_and_families(name: str) -> None:
    found = measured(name, REPLICATES, FIRST_SEED)[USUAL[0]]
    print(name, found)
    assert 0.86 <= found["covered"] <= 0.94
    assert abs(found["bias"]) < 3 * found["bias_error"]
    assert found["healthy"] == 1.0


@pytest.mark.slow
def test_teams_that_start_by_themselves_are_units_with_a_cluster() -> None:
    found = measured("half the teams take it up", REPLICATES, FIRST_SEED)
    print(found)
    assert found["authorities"]["covered"] < 0.6
    assert abs(found["teams, cluster"]["bias"]) < 3 * found["teams, cluster"]["bias_error"]
    assert found["teams, cluster"]["covered"] >= 0.86


@pytest.mark.slow
def test_teams_of_whole_authorities_are_no_units_of_their_own() -> None:
    found = measured("whole authorities, teams as units", REPLICATES, FIRST_SEED)
    print(found)
    assert found["teams"]["covered"] < 0.8
    assert found["teams"]["sd"] < 0.8 * found["teams, cluster"]["sd"]


@pytest.mark.parametrize("name", WORLDS)
def test_worlds_are_what_they_say(name: str) -> None:
    """Children, events and exposure add up, and a world without an effect has none."""
    world = WORLDS[name]
    cells = made(world, 1)
    assert (cells.events <= cells.children).all()
    assert 300 < cells.children.sum(axis=1).mean() < 500
    assert (truth(cells, world) != 0) == (world.effect != 0)
    starts = cells.exposed[: world.adopters].any(axis=2).mean()
    assert starts == (0.5 if world.by_team else 1.0)
