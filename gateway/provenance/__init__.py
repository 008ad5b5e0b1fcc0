"""Where a picture comes from: its recipe, the marks that say it was generated, and how both are read again."""
