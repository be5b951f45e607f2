"""Adopters and donors as series over periods, on the scale that is worked on."""
