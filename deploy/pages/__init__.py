"""Pages about deployments: self-contained HTML, from frozen data alone."""

from deploy.pages.page import render_deployment, render_index

__all__ = ["render_deployment", "render_index"]
