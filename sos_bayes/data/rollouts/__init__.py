"""Who adopted when, and how much of the practice children met."""
