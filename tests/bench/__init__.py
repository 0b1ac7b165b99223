"""Measured figures: `./relais bench` prints one JSON object."""
