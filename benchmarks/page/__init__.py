"""The page in a real browser: frames while drawing and scrolling, first load, Lighthouse."""
