"""Designs: what is compared with what, declared as terms."""

from sos_bayes.designs.did import DiD
from sos_bayes.designs.layout import Layout, layout_of
from sos_bayes.designs.own_model import OwnModel
from sos_bayes.designs.priors import Priors

__all__ = ["DiD", "Layout", "OwnModel", "Priors", "layout_of"]
