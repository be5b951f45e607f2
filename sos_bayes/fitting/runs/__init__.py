"""One fit, many fits and kept fits: from a layout and a design to a posterior."""
