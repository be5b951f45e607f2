"""Signs of Safety, FIRST round of pilots, on published authority statistics for England (not on child records).

Run: python examples/round_1.py [--method nuts]. The published evaluation is of round 2: see round_2.py. Ten authorities
began in November 2014: their first whole year with the practice is the year to 31 March 2016. Worthwhile changes are
judgements, made before any result was seen. DfE and ONS statistics, Open Government Licence v3.0.

All others are comparators, though many used the practice in some form (which is not published): that pulls estimates to
zero. Beside them: nearest on levels before, statistical neighbours, the pilots' regions. INDEPENDENT: two-way fixed
effects, placebo standard errors, 2013-15 to 2016-19; authorities weighed equally, no priors, none with a missing year.
Ours weighs children, expects small effects, leans on years next to the start, and drops missing cells only.
"""

import argparse

import sos_bayes as sb

RE_REFERRAL, LIST = "rereferrals_within_12m", {"authority": "la_code", "neighbour": "neighbour_la_code"}
OUTCOMES = {  # measure: label, worthwhile change per 10,000 children
    "cin_at_31_march": ("children in need", 15),
    "cpp_at_31_march": ("child protection plans", 2),
    "cla_at_31_march": ("looked-after children", 2),
}
INDEPENDENT = dict(zip([RE_REFERRAL, *OUTCOMES], [(0.85, 1.9), (11, 19), (-5.4, 3.6), (-3.5, 3.3)], strict=True))


def main(method: str = "nuts") -> None:
    """Evaluate four measures against four sets of comparators, and print them beside the independent numbers."""
    pilots = sb.datasets.pilots().query("round1_2014_16 == 1")["la_code"]
    fewer = {"aim": sb.Aim.FEWER, "missing": "drop"}
    share = {"label": "re-referral within 12 months", "denominator": "by_practice", "unit": "referrals", **fewer}
    outcomes = [sb.Binary(RE_REFERRAL, f"{RE_REFERRAL}_of", worthwhile=0.01, **share)]
    for name, (label, worthwhile) in OUTCOMES.items():
        outcomes.append(sb.Count(name, f"{name}_of", per=10_000, worthwhile=worthwhile, label=label, **fewer))
    table = sb.datasets.england(list(INDEPENDENT), years=range(2013, 2020))
    data = sb.read_panel(table, authority="la_code", period="year", name="la_name")
    rollout, who = sb.Rollout(dict.fromkeys(pilots, 2016)), sb.comparators
    near = who.nearest(who.features(data, rollout, outcomes), n=5, label="nearest by level before")
    listed = who.neighbours(data, rollout, sb.datasets.neighbours(), **LIST)
    region = who.regions(data, rollout, sb.datasets.attributes(), authority="la_code")
    study = {"title": "Signs of Safety pilots 2014-16, published statistics", "design": sb.DiD(), "method": method}
    study |= {"rollout": rollout, "comparators": (who.all_others(data, rollout), near, listed, region)}
    print(sb.to_text(evaluation := sb.evaluate(sb.Study(data=data, outcomes=tuple(outcomes), **study))))
    for found in (f for f in evaluation if f.effect is not None):
        equal = next(e for e in found.estimates if e.weight == "authorities" and e.estimand == "satt")
        gap = next(c for c in found.checks if c.name == "level_gap").number("mean") * equal.factor
        ours = [f"{e.factor * e.mean:+.1f} (sd {e.factor * e.sd:.1f}) {e.weight}" for e in (found.effect, equal)]
        theirs, error = INDEPENDENT[found.outcome.events]
        print(f"{found.label}: gap before {gap:+.1f}; ours {', '.join(ours)}; independent {theirs:+} ({error})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", choices=("nuts", "fast"), default="nuts")
    main(**vars(parser.parse_args()))
