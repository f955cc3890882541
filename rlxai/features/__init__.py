"""What the units of a network are: exemplars, optimised inputs, kernels, dissection, embeddings."""
