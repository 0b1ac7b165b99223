"""What holds the tree in order: linters, types, contracts, and the run of every test."""
