from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.load.scenario import NEEDS, ScenarioError, load_scenario
from benchmarks.load.schedule import RequestMaker, open_loop

SCENARIOS = sorted((Path(__file__).resolve().parents[2] / "benchmarks" / "scenarios").glob("*.toml"))
TARGET = '[target]\nkind = "http"\nurl = "http://x"\nmodel = "m"\n'
PHASE = '[[phase]]\nkind = "poisson"\nrate = 2.0\nduration_s = 10\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_shipped_scenarios_are_read(path: Path):
    assert load_scenario(path).phases
    assert load_scenario(path, url="elsewhere:1").target.url == "elsewhere:1"


def test_the_scenario_of_the_documentation_is_read(tmp_path: Path):
    page = (Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md").read_text()
    (block,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [phase.kind for phase in load_scenario(write(tmp_path, block)).phases] == list(NEEDS)


def test_there_are_shipped_scenarios():
    assert len(SCENARIOS) >= 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[target", "not TOML"),
        (TARGET, "phase: nothing given"),
        (PHASE, "target: one of these is missing: kind, url, model"),
        (TARGET.replace("http", "ftp", 1) + PHASE, 'target.kind: \'ftp\' is not allowed; expected "http" or "grpc"'),
        ("user = 3\n" + TARGET + PHASE, "scenario.user means nothing; known are name"),
        ("users = 0\n" + TARGET + PHASE, "users: 0 is not allowed; expected 1 to 10000"),
        ('users = "3"\n' + TARGET + PHASE, "scenario.users: '3' is not allowed; expected a value of type int"),
        (TARGET + "[ask]\nsteps = []\n" + PHASE, "ask.steps: \\[\\] is not allowed; expected a list"),
        (TARGET + "[ask]\nsteps = [0]\n" + PHASE, "ask.steps"),
        (TARGET + "[ask]\nsteps = [true]\n" + PHASE, "ask.steps: True is not allowed"),
        (TARGET + '[ask]\nsizes = ["big"]\n' + PHASE, "ask.sizes: 'big' is not allowed"),
        (TARGET + "[ask]\ncancel_share = 2\n" + PHASE, "ask.cancel_share: 2.0 is not allowed; expected 0 to 1"),
        (TARGET + '[[phase]]\nkind = "flood"\n', "phase.kind: 'flood' is not allowed; expected one of poisson"),
        (TARGET + '[[phase]]\nkind = "closed"\n', "phase.callers: 0 is not allowed; expected above 0"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(tmp_path: Path, text: str, message: str):
    path = write(tmp_path, text)
    with pytest.raises(ScenarioError, match=message) as caught:
        load_scenario(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ScenarioError, match=r"none\.toml: No such file"):
        load_scenario(tmp_path / "none.toml")


def requests_of(path: Path):
    scenario = load_scenario(path)
    return open_loop(scenario.phases[0], RequestMaker(scenario), scenario, 0)


def test_a_scenario_gives_the_same_requests_every_time(tmp_path: Path):
    path = write(tmp_path, "users = 3\n" + TARGET + "[ask]\nsteps = [5, 9]\ncancel_share = 0.5\n" + PHASE)
    due = requests_of(path)
    assert due == requests_of(path)
    assert [each.request.user for each in due[:4]] == ["user-0", "user-1", "user-2", "user-0"]
    assert {each.request.steps for each in due} == {5, 9}
    assert {each.request.cancel_after_s for each in due} == {None, 1.0}


def test_a_trace_is_replayed_as_it_was_recorded(tmp_path: Path):
    (tmp_path / "trace.csv").write_text("at,user,steps,outcome\n0.5,anna,10,done\n0.75,ben,20,failed\n")
    due = requests_of(write(tmp_path, TARGET + '[[phase]]\nkind = "trace"\npath = "trace.csv"\n'))
    assert [(each.at, each.request.user, each.request.steps) for each in due] == [(0.5, "anna", 10), (0.75, "ben", 20)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("at,user\n1,anna\n", "line 2: expected the columns"),
        ("at,user,steps\n2,a,1\n1,a,1\n", "line 3: 1 s comes after 2 s"),
    ],
)
def test_a_trace_that_makes_no_sense_is_refused(tmp_path: Path, rows: str, message: str):
    (tmp_path / "trace.csv").write_text(rows)
    path = write(tmp_path, TARGET + '[[phase]]\nkind = "trace"\npath = "trace.csv"\n')
    with pytest.raises(ScenarioError, match=message):
        requests_of(path)
