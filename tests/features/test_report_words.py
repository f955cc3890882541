"""What is said where a search failed."""

import pandas as pd

from rlxai.features.report_words import preimage_sentence, search_sentence


def table(**errors: float) -> pd.DataFrame:
    rows = [
        {"state": 0, "layer": layer, "prior": prior, "object": "ball", "recovered": 0.5, "code_error": error + add}
        for layer, error in errors.items()
        for prior, add in (("plain", 0.0), ("deep", 0.4))
    ]
    return pd.DataFrame(rows)


def test_a_layer_whose_code_was_not_found_is_named():
    said = search_sentence(table(conv1=0.9, conv2=0.2, hidden1=0.6))
    assert said.startswith("No input with the code of conv1, hidden1 was found")
    assert said in preimage_sentence(table(conv1=0.9, conv2=0.2, hidden1=0.6))
    assert search_sentence(table(conv1=0.1, conv2=0.49)) == ""
    assert "nothing can be told" not in preimage_sentence(table(conv1=0.1))
