from scripts.vulnerabilities import summarise

GOOD = {"name": "good", "version": "1", "vulns": []}
BAD = {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
SKIPPED = {"name": "far", "skip_reason": "not found on PyPI"}


def test_packages_without_known_vulnerabilities_pass():
    assert summarise([GOOD, GOOD]) == (0, "no known vulnerability in 2 packages\n")


def test_a_vulnerability_is_reported_with_the_version_that_fixes_it():
    assert summarise([GOOD, BAD]) == (1, "bad 2: PYSEC-1, fixed in 2.1\n")


def test_packages_that_could_not_be_audited_do_not_pass():
    code, message = summarise([GOOD, SKIPPED])
    assert code == 2
    assert message.startswith("NOT AUDITED: 1 of 2 packages, such as far")


def test_a_vulnerability_outranks_an_unaudited_package():
    code, message = summarise([BAD, SKIPPED])
    assert (code, len(message.splitlines())) == (1, 2)
