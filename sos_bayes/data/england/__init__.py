"""What is published about English local authorities and shipped with the library: their regions."""

from sos_bayes.data.england.regions import region_of, regions

__all__ = ["region_of", "regions"]
