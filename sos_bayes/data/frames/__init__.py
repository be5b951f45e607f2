"""Tables of every library behind one door, and their columns as numbers, days and keys."""
