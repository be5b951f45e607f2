"""Signs of Safety, FIRST round of pilots, by three designs and against two sets of comparators (published statistics).

Run: python examples/three_designs.py [MEASURE ...]. DfE and ONS statistics, Open Government Licence v3.0.

Ten authorities from the year to 31 March 2016 on, six years before it: too few for weights or factors to say more than
their prior, so a difference-in-differences is the headline and the others stand beside it. Re-referrals begin with the
year to 2011: five years. Comparators: five nearest to each pilot on levels before the rollout, or each pilot's
statistical neighbours. Many authorities used the practice in some form, which pulls estimates to zero.
"""

import argparse

import sos_bayes as sb

RE_REFERRAL = "rereferrals_within_12m"
MEASURES = {"cin_at_31_march": 15, "cpp_at_31_march": 2, "cla_at_31_march": 2}  # worthwhile change per 10,000
LIST = {"authority": "la_code", "neighbour": "neighbour_la_code"}
DESIGNS = {"DiD": sb.DiD(), "synthetic control": sb.SyntheticControl(), "latent factors": sb.LatentFactors(1)}


def main(*measures: str) -> None:
    """Print one line for each measure, set of comparators and design, and whether designs agree."""
    pilots = sb.datasets.pilots().query("round1_2014_16 == 1")["la_code"]
    fewer = {"aim": sb.Aim.FEWER}
    share = {"label": "re-referral within 12 months", "denominator": "by_practice", "unit": "referrals", **fewer}
    outcomes = {RE_REFERRAL: sb.Binary(RE_REFERRAL, f"{RE_REFERRAL}_of", worthwhile=0.01, **share)}
    for name, worthwhile in MEASURES.items():
        given = {"per": 10_000, "worthwhile": worthwhile, "label": name.replace("_", " "), **fewer}
        outcomes[name] = sb.Count(name, f"{name}_of", **given)
    rollout, who = sb.Rollout(dict.fromkeys(pilots, 2016)), sb.comparators
    for name in measures or outcomes:
        part, outcome = sb.datasets.england(name, years=range(2010, 2020)), outcomes[name]
        data = sb.read_panel(part, authority="la_code", period="year", name="la_name")
        near = who.nearest(who.features(data, rollout, [outcome]), n=5)
        listed = who.neighbours(data, rollout, sb.datasets.neighbours(), **LIST)
        for chosen in (near, listed):
            fits = [sb.fit(data, chosen.rollout, outcome, design, seed=1) for design in DESIGNS.values()]
            print(f"\n{outcome.label}, against {len(chosen.authorities)} comparators: {chosen.label}")
            for label, fit in zip(DESIGNS, fits, strict=True):
                effect = sb.estimate(fit)
                low, high = (effect.factor * x for x in effect.interval(0.95))
                said = f"{effect.factor * effect.mean:+7.2f} {effect.unit} ({low:+.2f} to {high:+.2f})"
                print(f"  {label:18} {said}{'' if fit.health.ok else '  not healthy'}")
            print(f"  {'agree' if sb.compare(*fits, names=tuple(DESIGNS)).agrees else 'do not agree'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help="all four by default")
    main(*parser.parse_args().measures)
