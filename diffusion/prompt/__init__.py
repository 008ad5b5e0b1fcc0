"""AUTOMATIC1111's prompt grammar, in four steps that know nothing of each other:

`composition` splits at AND; `schedule` gives each part's text at every step; `emphasis` cuts such a text into pieces of
one weight; `chunks` turns the pieces into rows of token ids for the text encoder. `plan` puts the first two together,
`advice` says what looks like a mistake.

Every text is a prompt: nothing here raises on what people write. What looks like a mistake is a warning.
"""
