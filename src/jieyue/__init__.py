"""Jieyue 节约: a city's public institutions, their energy, water and carbon, from file to published figure."""

__version__ = "0.1.0"
