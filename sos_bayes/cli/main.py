"""``sos-bayes evaluate`` and ``sos-bayes demo``: from a study file, or from nothing, to a report."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sos_bayes._core.cores import stop_workers
from sos_bayes._core.errors import SosBayesError, StudyError, safe

if TYPE_CHECKING:
    from sos_bayes.study import Study

EXITS = (
    "Exit codes: 0 done; 1 every outcome stopped with an error; 2 nothing could be done; 130 interrupted; "
    "143 terminated."
)

DEMO = (
    "Real authorities: published figures of round 2 of the Signs of Safety pilots. Child records are not public.\n"
    "Contains public sector information licensed under the Open Government Licence v3.0.\n",
    "\n\nMade-up children: a rollout whose truth is known.\n",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the program's name; those of the process by default.

    Returns
    -------
    int
        0 when done, 1 if every outcome stopped with an error, 2 on any other error, 130 if interrupted, 143 if
        terminated.

    Examples
    --------
    >>> main(["evaluate", "nowhere/study.toml", "--out", "out"])
    2
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    asked = _parser().parse_args(argv)
    try:
        with _ending_with_terminate():
            return int(asked.run(asked))
    except SosBayesError as fault:
        print(f"sos-bayes: {fault}", file=sys.stderr)
    except KeyboardInterrupt:
        stop_workers()
        print("sos-bayes: interrupted; no report was written.", file=sys.stderr)
        return 130
    except _Terminated:
        stop_workers()
        print("sos-bayes: terminated; no report was written.", file=sys.stderr)
        return 143
    except Exception as fault:  # MemoryError and RecursionError too
        print(f"sos-bayes: {safe(fault)}", file=sys.stderr)
    return 2


class _Terminated(SystemExit):
    """The process was asked to end."""


@contextmanager
def _ending_with_terminate() -> Iterator[None]:
    """Let SIGTERM end the run from within, so that workers end with it; as it was before afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> NoReturn:
        signal.signal(number, signal.SIG_IGN)  # once is enough
        raise _Terminated(143)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sos-bayes", description=__doc__, epilog=EXITS)
    parser.add_argument("--version", action="version", version=f"sos-bayes {version('sos_bayes')}")
    verbs = parser.add_subparsers(required=True, metavar="evaluate | demo")
    evaluate = verbs.add_parser("evaluate", help="answer the outcomes of a study file", epilog=EXITS)
    evaluate.add_argument("study", type=Path, help="study file (TOML)")
    evaluate.add_argument("--out", type=Path, required=True, help="folder for the report and its tables")
    evaluate.add_argument(
        "--checkpoint", type=Path, help="folder in which finished fits are kept, so that a run can be taken up again"
    )
    evaluate.set_defaults(run=_evaluate)
    demo = verbs.add_parser(
        "demo", help="evaluate a real rollout on published figures, and one on synthetic children", epilog=EXITS
    )
    demo.add_argument("--out", type=Path, default=Path("sos-bayes-demo"), help="folder (default: ./sos-bayes-demo)")
    demo.set_defaults(run=_demo, checkpoint=None)
    for verb in (evaluate, demo):
        verb.add_argument("--method", choices=("nuts", "fast"), help="how to fit, instead of what the study file says")
    return parser


def _evaluate(asked: argparse.Namespace) -> int:
    from sos_bayes.study.reading import read_study

    _must_be_folder(asked.out, "--out")
    if asked.checkpoint is not None:
        _must_be_folder(asked.checkpoint, "--checkpoint")
    return _report(read_study(asked.study), asked)


def _demo(asked: argparse.Namespace) -> int:
    from sos_bayes.cli.demo import write_demo

    _must_be_folder(asked.out, "--out")
    codes: list[int] = []
    for said, study in zip(DEMO, write_demo(asked.out), strict=True):
        print(said)
        codes.append(_evaluate(argparse.Namespace(**{**vars(asked), "study": study, "out": study.parent})))
    return min(codes)


def _report(study: Study, asked: argparse.Namespace) -> int:
    from dataclasses import replace

    from sos_bayes.reports import to_csv, to_html, to_text
    from sos_bayes.reports.text import verdict_table
    from sos_bayes.reports.write import write_whole
    from sos_bayes.study import evaluate

    changed: dict[str, Any] = {"method": asked.method} if asked.method else {}
    evaluation = evaluate(replace(study, **changed), checkpoint=asked.checkpoint)
    page = to_html(evaluation, asked.out / "report.html")
    write_whole(asked.out / "report.txt", to_text(evaluation))
    to_csv(evaluation, asked.out)
    if evaluation.synthetic:
        print("Synthetic data: nothing here describes real children.\n")
    print(verdict_table(evaluation))
    print(f"\nReport: {page.resolve()} ({evaluation.seconds:.0f} seconds)")
    stopped = [f for f in evaluation if f.error is not None]
    for finding in stopped:
        print(f"sos-bayes: {finding.label}: {finding.fault or finding.error}", file=sys.stderr)
    return 1 if len(stopped) == len(evaluation) else 0


def _must_be_folder(path: Path, option: str) -> None:
    if "\0" in str(path):
        raise StudyError("No folder can have this name: it holds a NUL.", where=option, cure="Name another folder.")
    if path.exists() and not path.is_dir():
        raise StudyError(f"{path.name} is a file, not a folder.", where=option, cure="Name another folder.")
