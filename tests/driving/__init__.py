"""Driver objects: a whole twin as a process, its screen, its hands."""
