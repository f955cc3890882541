"""Attribution: how much each input pixel contributes to what the network says. Start at `attribute`."""

from rlxai.attribution.catalogue import (
    Attribution,
    Explained,
    attribute,
    explain_batch,
    get_method,
    methods,
    register,
)
from rlxai.attribution.layers import Forward, Step, forward_pass
from rlxai.attribution.lrp import Composite, relevance_pass
from rlxai.attribution.method import Method, Option, Relevance
from rlxai.attribution.rules import Epsilon, Flat, Part, Rule, ZPlus
from rlxai.attribution.target import Target

__all__ = [
    "Attribution", "Composite", "Epsilon", "Explained", "Flat", "Forward", "Method", "Option", "Part", "Relevance",
    "Rule", "Step", "Target", "ZPlus", "attribute", "explain_batch", "forward_pass", "get_method", "methods",
    "register", "relevance_pass",
]  # fmt: skip
