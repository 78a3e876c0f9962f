"""Checks of a page by axe-core."""

from axe_playwright_python.base import AXE_SCRIPT


def serious_violations(page):
    """Return the rule and HTML of each serious violation that axe-core reports."""
    if not page.evaluate("'axe' in window"):  # it stays until the page is loaded again
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate(
        "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"
    )
    serious = [rule for rule in violations if rule["impact"] in {"serious", "critical"}]
    return [(rule["id"], node["html"]) for rule in serious for node in rule["nodes"]]
