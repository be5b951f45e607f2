"""Who should do what now? One evaluation, three audiences. Synthetic children, in the shape of the published findings.

Run: python examples/who_should_do_what.py [--harm N] [--missed N] [--effort N]. Published advice (What Works for
Children's Social Care and King's College London, 2021): those who use the practice have no reason to stop and are to
watch kinship closely; those who think of starting should pause for thought; for those who value it as a framework it is
not the right type of evidence. The losses are yours: they turn the comparison beside the answer, not the answer.
"""

import argparse

import sos_bayes as sb

AUDIENCES = ("using", "considering", "framework")


def main(losses: sb.Losses | None = None) -> None:
    """Print the verdicts, an answer for each audience, and the probabilities behind it."""
    made = sb.simulation.nine_pilots()
    study = sb.Study(
        title="Nine synthetic pilots",
        data=sb.read_cohort(made.children, authority="authority", period="period", child="child"),
        rollout=made.rollout,
        design=sb.DiD(),
        outcomes=made.outcomes,
        method="fast",
        notes=(made.synthetic,),
    )
    evaluation = sb.evaluate(study)
    print(evaluation)
    for audience in AUDIENCES:
        decision = sb.decide(evaluation, audience, losses=losses)
        print(f"\n{decision!r}\n{decision}")
        if decision.lines:
            print(decision.to_frame().round(2).to_string(index=False))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, what in (("harm", "having it while it harms"), ("missed", "missing a benefit"), ("effort", "a change")):
        parser.add_argument(f"--{name}", type=float, default=getattr(sb.Losses(), name), help=f"loss of {what}")
    main(sb.Losses(**vars(parser.parse_args())))
