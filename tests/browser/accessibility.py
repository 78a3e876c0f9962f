"""Checks of a page by axe-core."""

from axe_playwright_python.sync_playwright import Axe


def serious_violations(page):
    """Return the rule and HTML of each serious violation that axe-core reports."""
    violations = Axe().run(page).response["violations"]
    serious = [rule for rule in violations if rule["impact"] in {"serious", "critical"}]
    return [(rule["id"], node["html"]) for rule in serious for node in rule["nodes"]]
