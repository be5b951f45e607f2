"""Published point estimators on a block panel."""
