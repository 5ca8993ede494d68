"""The same elements in another order, or another number of them a beat."""
