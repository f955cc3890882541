"""Replay: episodes under their relevance maps, played in the browser at the game's own 60 frames a second, or as video.

listing   what of a run can be replayed
chunks, timeline, routes   how it reaches the player, without passing through Python for each frame
player/   the player itself: HTML, CSS and JavaScript
colour, scale, compose   colours of relevance, the same in player and video
"""
