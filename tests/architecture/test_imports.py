"""Which room may import which, and what `import sos_bayes` loads."""

import ast
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import numpy as np
import polars as pl
import pytest

HEAVY = {"pymc", "pytensor", "arviz", "arviz_base", "arviz_stats", "arviz_plots", "nutpie", "matplotlib", "xarray",
         "pandas", "polars", "pyarrow", "scipy", "numba", "numpy", "jinja2", "pydantic"}  # fmt: skip
NOT_ON_THE_FAST_ROAD = HEAVY - {"polars", "scipy", "numba", "numpy"}

FAST_ROAD = """
import sos_bayes as sb
import polars as pl

path = {path!r}
children = sb.read_cohort({source}, authority="authority", period="year")
rollout = sb.Rollout(dict.fromkeys(("A", "B", "C"), 2014))
outcome = sb.Binary("again", aim=sb.Aim.FEWER, worthwhile=0.01, label="re-referral")
fit = sb.fit(children, rollout, outcome, sb.DiD(adjust=("sex",)), method="fast")
assert fit.method == "fast"
for estimand in ("satt", "patt", "next_authority"):
    sb.estimate(fit, estimand=estimand, by="authority")
print(sb.grade(sb.estimate(fit), sb.check(fit)))
"""


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Path of 6,000 made-up children, eight authorities, five years."""
    rng = np.random.default_rng(1)
    table = pl.DataFrame(
        {
            "authority": np.array(list("ABCDEFGH"))[rng.integers(0, 8, 6000)],
            "year": rng.integers(2011, 2016, 6000),
            "sex": np.array(["f", "m"])[rng.integers(0, 2, 6000)],
            "again": (rng.random(6000) < 0.3).astype(np.int8),
        }
    )
    path = tmp_path_factory.mktemp("children") / "children.parquet"
    table.write_parquet(path)
    return str(path)


def loaded(code: str) -> set[str]:
    """Packages and their rooms ("scipy", "scipy.special") that a fresh interpreter holds after running the code."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return {".".join(name.split(".")[:depth]) for name in json.loads(done.stdout.splitlines()[-1]) for depth in (1, 2)}


def test_the_import_contracts_hold(checkout: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=checkout, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "7 kept, 0 broken" in done.stdout


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports for type checking are counted too."""
    graph = grimp.build_graph("sos_bayes", cache_dir=None, exclude_type_checking_imports=False)
    assert len(graph.modules) > 300
    TopologicalSorter({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}).prepare()


def test_importing_the_library_loads_nothing_heavy() -> None:
    assert loaded("import sos_bayes") & HEAVY == set()


def test_the_sight_of_heavy_packages_is_real() -> None:
    assert "numpy" in loaded("import numpy") & HEAVY


@pytest.mark.parametrize("source", ["path", "pl.read_parquet(path)", "pl.scan_parquet(path)"])
def test_the_fast_road_from_table_to_grade_loads_what_it_needs(children: str, source: str) -> None:
    found = loaded(FAST_ROAD.format(path=children, source=source))
    assert found & NOT_ON_THE_FAST_ROAD == set()
    assert {"numba", "polars", "scipy.special"} <= found


CHECKOUT = Path(__file__).parents[2]
MODULES = sorted(path.relative_to(CHECKOUT) for path in (CHECKOUT / "sos_bayes").rglob("*.py"))


def root_imports(source: str, rooms: set[str]) -> list[str]:
    """Every import of the root package itself, or of a name that only the root has."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name == "sos_bayes"]
        if isinstance(node, ast.ImportFrom) and node.module == "sos_bayes" and node.level == 0:
            found += [alias.name for alias in node.names if alias.name not in rooms]
    return found


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_no_module_imports_the_root(module: Path) -> None:
    rooms = {path.stem for path in (CHECKOUT / "sos_bayes").iterdir()}
    assert root_imports((CHECKOUT / module).read_text(encoding="utf-8"), rooms) == []


def test_an_import_of_the_root_is_seen() -> None:
    assert root_imports("import sos_bayes\nfrom sos_bayes import fit, data", {"data"}) == ["sos_bayes", "fit"]
