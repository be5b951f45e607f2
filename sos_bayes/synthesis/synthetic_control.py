"""Synthetic control."""
from dataclasses import dataclass
@dataclass(frozen=True, slots=True)
class SyntheticControl:
    intercept: bool = True
    kappa: float = 5.0
    kappa_log_sd: float = 1.0
    popularity: float = 1.0
    intercept_sd: float = 2.0
    donors: tuple = ()
