"""Scripts for maintainers: checks of names, licences and vulnerabilities, and generated docs."""
