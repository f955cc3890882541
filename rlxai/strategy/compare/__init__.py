"""Two sides of one or more runs compared, at matched steps."""
