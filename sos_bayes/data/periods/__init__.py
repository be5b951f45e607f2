"""Periods and moments: their written forms, and calendars of consecutive integers."""
