"""Spectral clusters of relevance maps (SpRAy, Lapuschkin et al. 2019)."""
