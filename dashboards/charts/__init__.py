"""Figures of the pages as Altair charts: tables in, chart out."""
