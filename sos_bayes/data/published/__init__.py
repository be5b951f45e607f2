"""Files as they are published: their conventions, and counts known by bounds."""
