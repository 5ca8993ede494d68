"""Sums of many numbers and counts of many bits, with what they share said once."""
