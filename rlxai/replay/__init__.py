"""Replay: episodes under their relevance maps, played in the browser at the game's own 60 frames a second, or as video.

listing, view              what of a run can be replayed, and how the player is told
chunks, masks, timeline    what it fetches while it plays; bands, clustered: what later results add
answers, routes            by address, for the server and for pages alike; nothing passes through Python while it plays
player/                    the player itself: HTML, CSS and JavaScript
html, page/                the player and all its data in one file
colour, scale              colours of relevance, the same in player and video
picture, compose, grid     pictures of panels; clip, pace, span: which, when; codecs, encoders, video: as a file
"""
