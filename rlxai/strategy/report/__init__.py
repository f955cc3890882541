"""One page on which a strategy is told, every sentence from a measured claim."""
