"""A build to play with: a page on which one draws, and sees what each layer of the simulated hardware computes."""
