"""Attribution: how much each input pixel contributes to what the network says. Start at `attribute`."""

from rlxai.attribution.batches import Attribution, Request, attribute, attribute_each
from rlxai.attribution.catalogue import Explained, explain_batch, get_method, methods, register
from rlxai.attribution.composites import Composite, composite_method, layer_relevance, relevance_pass
from rlxai.attribution.layers import Forward, Step, forward_pass
from rlxai.attribution.lrp import lrp_composite
from rlxai.attribution.method import Method, Option, Relevance
from rlxai.attribution.pixel_rules import Flat, WSquare, ZBox
from rlxai.attribution.rules import AlphaBeta, Epsilon, Gamma, Part, Rule, ZPlus
from rlxai.attribution.target import Target

__all__ = [
    "AlphaBeta", "Attribution", "Composite", "Epsilon", "Explained", "Flat", "Forward", "Gamma", "Method", "Option",
    "Part", "Relevance", "Request", "Rule", "Step", "Target", "WSquare", "ZBox", "ZPlus", "attribute",
    "attribute_each", "composite_method", "explain_batch", "forward_pass", "get_method", "layer_relevance",
    "lrp_composite", "methods", "register", "relevance_pass",
]  # fmt: skip
