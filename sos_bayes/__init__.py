"""Bayesian evaluation of staggered rollouts in children's social care, from a table to a graded answer.

Names are loaded when first used: `import sos_bayes` itself loads no modelling, plotting or table library.

Examples
--------
>>> import sos_bayes as sb
>>> sb.Binary("re_referred", aim=sb.Aim.FEWER, worthwhile=0.01, label="re-referral within six months").family
'binomial'
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
__version__ = "0.1.0"
