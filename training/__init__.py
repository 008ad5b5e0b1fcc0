"""How models/avila-demo was made: data from npm packages, then one resumable stage after another.

Nothing here is needed to serve the model. Stages run as `python -m training.<stage>`; `config.toml` has every setting.
"""
