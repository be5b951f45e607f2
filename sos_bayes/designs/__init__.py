"""Designs: what is compared with what, declared as terms."""

from sos_bayes.designs.design_protocol import DesignProtocol
from sos_bayes.designs.did import DiD
from sos_bayes.designs.layout import Layout, layout_of
from sos_bayes.designs.priors import Priors

__all__ = ["DiD", "Layout", "DesignProtocol", "Priors", "layout_of"]
