"""Templates, styles, suggestions, wildcards and token counts: what helps to write prompts."""
