"""Designs laid beside each other, placebos in space, and checks of predicted fits."""
