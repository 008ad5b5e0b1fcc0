"""Plain manifests: rendered from the chart, with hand-written overlays."""
