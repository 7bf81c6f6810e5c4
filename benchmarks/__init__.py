"""Speed beside peers and limits, and accuracy on real input."""
