"""The exact sufficient statistics that rows are counted into, and what may be wrong with them."""
