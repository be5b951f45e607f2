"""The command ``sos-bayes``."""

from sos_bayes.cli.main import main as main

__all__ = ["main"]
