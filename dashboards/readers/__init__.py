"""What the pages show, read from the results of a run; without Streamlit."""
