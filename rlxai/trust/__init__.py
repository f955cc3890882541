"""Trust: tests of relevance maps, and the rule that turns them into badges. See docs/trust.md."""
