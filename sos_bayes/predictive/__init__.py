"""What a posterior says of cells: log densities of those that were seen, leave-one-out, and draws of others."""
