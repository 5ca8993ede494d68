"""A run for people to look at, while it goes on and when it has ended: a page, pictures, events for TensorBoard.

All of it is made of what lies in the run's folder: `about.json`, `summary.json`, `history.jsonl`, `trials.sqlite` and
`result.json`. What is not there yet is left out.
"""
