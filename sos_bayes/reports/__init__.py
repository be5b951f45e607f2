"""Reports of an evaluation: one page of HTML, plain text, and CSV tables."""

from sos_bayes.reports.csv_tables import to_csv as to_csv
from sos_bayes.reports.html import to_html as to_html
from sos_bayes.reports.text import to_text as to_text

__all__ = ["to_csv", "to_html", "to_text"]
