"""The calls of ArviZ 1 that a tree of draws is made for, as a reader would write them."""

import warnings

import matplotlib.pyplot as plt

SOME = ("mu_tau", "omega", "satt")


def the_calls(some=SOME, forest=("lag_effect",)):
    """Each by its name, a function of a tree; ``some`` are variables that are looked at, the last of them ``satt``."""
    import arviz as az

    some, before = list(some), [name for name in some if name != "satt"]
    return {
        "summary": az.summary,
        "rhat": az.rhat,
        "ess": az.ess,
        "extract": az.extract,
        "loo": az.loo,
        "compare": lambda tree: az.compare({"one": tree, "the same": tree}),
        "psense_summary": lambda tree: az.psense_summary(tree, var_names=some),
        "plot_trace_dist": lambda tree: az.plot_trace_dist(tree, var_names=some),
        "plot_rank": lambda tree: az.plot_rank(tree, var_names=some),
        "plot_forest": lambda tree: az.plot_forest(tree, var_names=[*some, *forest]),
        "plot_energy": az.plot_energy,
        "plot_pair": lambda tree: az.plot_pair(tree, var_names=some),
        "plot_prior_posterior": lambda tree: az.plot_prior_posterior(tree, var_names=before),
        "plot_ppc_dist": az.plot_ppc_dist,
        "plot_psense_dist": lambda tree: az.plot_psense_dist(tree, var_names=some),
        "plot_loo_pit": az.plot_loo_pit,
    }


def called(name, tree, **looked_at):
    """Make one call; ArviZ's own advice, such as that counts are discrete, is not an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return the_calls(**looked_at)[name](tree)
        finally:
            plt.close("all")
