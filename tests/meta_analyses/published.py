"""Published tables of studies, and what other programs say of them.

Eight schools: Rubin 1981. BCG trials: Colditz and others 1994. Passive smoking: Hackshaw and others 1997. School
calendars: Konstantopoulos 2011. The last three as documented with metafor 3.8-1 and metadat 1.2-0 (R 4.2.2), by which
the figures beside them were computed; log odds ratios and variances of Hackshaw are rounded to four decimals.
"""

import numpy as np
import pandas as pd

from sos_bayes.meta_analyses.study_table import read_studies

SCHOOLS = pd.DataFrame(
    {"study": list("ABCDEFGH"), "effect": [28, 8, -3, 7, -1, 1, 18, 12], "se": [15, 10, 16, 11, 9, 11, 10, 18]}
)
TRIALS = [  # tuberculosis and none with the vaccine, tuberculosis and none without, degrees of latitude
    ("Aronson 1948", 4, 119, 11, 128, 44),
    ("Ferguson & Simes 1949", 6, 300, 29, 274, 55),
    ("Rosenthal et al 1960", 3, 228, 11, 209, 42),
    ("Hart & Sutherland 1977", 62, 13536, 248, 12619, 52),
    ("Frimodt-Moller et al 1973", 33, 5036, 47, 5761, 13),
    ("Stein & Aronson 1953", 180, 1361, 372, 1079, 44),
    ("Vandiviere et al 1973", 8, 2537, 10, 619, 19),
    ("TPT Madras 1980", 505, 87886, 499, 87892, 13),
    ("Coetzee & Berjak 1968", 29, 7470, 45, 7232, 27),
    ("Rosenthal et al 1961", 17, 1699, 65, 1600, 42),
    ("Comstock et al 1974", 186, 50448, 141, 27197, 18),
    ("Comstock & Webster 1969", 5, 2493, 3, 2338, 33),
    ("Comstock et al 1976", 27, 16886, 29, 17825, 33),
]
SMOKING = [  # log odds ratio of lung cancer, variance
    (0.1655, 0.0188), (0.3716, 0.0330), (0.7031, 0.5402), (0.1823, 0.0313), (-0.2877, 0.0797),
    (0.7275, 0.2273), (0.7561, 0.0889), (-0.2231, 0.1927), (-0.2357, 0.3390), (0.6981, 0.0981),
    (0.2070, 0.0456), (0.1823, 0.2317), (0.4187, 0.0796), (0.0296, 0.2174), (0.4383, 0.0770), (0.0296, 0.0715),
    (0.8502, 0.2926), (0.5008, 0.0324), (0.1740, 0.0363), (0.4187, 0.4839), (0.7701, 0.1238), (0.0770, 0.0711),
    (0.9361, 0.3982), (0.4824, 0.0896), (0.0583, 0.0337), (-0.2357, 0.0161), (-0.3011, 0.1802),
    (0.8198, 0.3171), (-0.0305, 0.0125), (0.4700, 0.1137), (0.1740, 0.0893), (0.5068, 0.1760),
    (0.2311, 0.0100), (0.0953, 0.0862), (0.5068, 0.0399), (0.1484, 0.0364), (0.1044, 0.0664),
]  # fmt: skip
CALENDARS = [  # district, standardised mean difference, variance
    (11, -0.18, 0.118), (11, -0.22, 0.118), (11, 0.23, 0.144), (11, -0.30, 0.144), (12, 0.13, 0.014),
    (12, -0.26, 0.014), (12, 0.19, 0.015), (12, 0.32, 0.024), (18, 0.45, 0.023), (18, 0.38, 0.043),
    (18, 0.29, 0.012), (27, 0.16, 0.020), (27, 0.65, 0.004), (27, 0.36, 0.004), (27, 0.60, 0.007),
    (56, 0.08, 0.019), (56, 0.04, 0.007), (56, 0.19, 0.005), (56, -0.06, 0.004), (58, -0.18, 0.020),
    (58, 0.00, 0.018), (58, 0.00, 0.019), (58, -0.28, 0.022), (58, -0.04, 0.020), (58, -0.30, 0.021),
    (58, 0.07, 0.006), (58, 0.00, 0.007), (58, 0.05, 0.007), (58, -0.08, 0.007), (58, -0.09, 0.007),
    (71, 0.30, 0.015), (71, 0.98, 0.011), (71, 1.19, 0.010), (86, -0.07, 0.001), (86, -0.05, 0.001),
    (86, -0.01, 0.001), (86, 0.02, 0.001), (86, -0.03, 0.001), (86, 0.00, 0.001), (86, 0.01, 0.001),
    (86, -0.10, 0.001), (91, 0.50, 0.010), (91, 0.66, 0.011), (91, 0.20, 0.010), (91, 0.00, 0.009),
    (91, 0.05, 0.013), (91, 0.07, 0.013), (108, -0.52, 0.031), (108, 0.70, 0.031), (108, -0.03, 0.030),
    (108, 0.27, 0.030), (108, -0.34, 0.030), (644, 0.12, 0.087), (644, 0.61, 0.082), (644, 0.04, 0.067),
    (644, -0.05, 0.067),
]  # fmt: skip


def bcg():
    """Counts of the 13 trials, with log risk ratios and their errors."""
    found = pd.DataFrame(TRIALS, columns=["study", "tb_with", "no_with", "tb_without", "no_without", "latitude"])
    found["n_with"], found["n_without"] = found.tb_with + found.no_with, found.tb_without + found.no_without
    found["log_rr"] = np.log(found.tb_with / found.n_with) - np.log(found.tb_without / found.n_without)
    found["se"] = np.sqrt(1 / found.tb_with - 1 / found.n_with + 1 / found.tb_without - 1 / found.n_without)
    return found


def smoking():
    """Log odds ratios of the 37 studies of passive smoking."""
    found = pd.DataFrame(SMOKING, columns=["effect", "variance"])
    return found.assign(se=np.sqrt(found.variance), study=[f"study {i}" for i in range(len(found))])


def calendars():
    """56 schools in 11 districts."""
    found = pd.DataFrame(CALENDARS, columns=["district", "effect", "variance"])
    return found.assign(se=np.sqrt(found.variance), school=range(len(found)))


NOTHING = {
    "study": "study", "effect": None, "se": None, "events": None, "trials": None, "within": None, "measure": None,
    "covariates": (),
}  # fmt: skip


def read(table, **asked):
    """Studies of a table, arguments that are not given left out."""
    return read_studies(table, **(NOTHING | asked))


BCG_COUNTS = {"events": ("tb_with", "tb_without"), "trials": ("n_with", "n_without")}
BCG_RATIOS = {"effect": "log_rr", "se": "se", "measure": "log_risk_ratio"}
