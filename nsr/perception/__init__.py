"""Perception: raw input becomes symbols with probabilities, and objects with relations."""
