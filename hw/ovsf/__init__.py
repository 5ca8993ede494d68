"""Convolutions whose filters are sums of orthogonal codes: codes made on the fly, and the transform of a patch."""
