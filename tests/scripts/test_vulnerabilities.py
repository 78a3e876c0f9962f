from scripts.vulnerabilities import judged

GOOD = {"name": "good", "version": "1", "vulns": []}
HOLE = {"id": "PYSEC-1", "fix_versions": ["2.1"]}
BAD = {"name": "bad", "version": "2", "vulns": [HOLE]}
SKIPPED = {"name": "far", "skip_reason": "not found on PyPI"}


def test_packages_without_known_holes_pass():
    assert judged([GOOD, GOOD]) == (0, "no hole is known in 2 packages\n")


def test_a_hole_is_told_with_the_version_that_mends_it():
    assert judged([GOOD, BAD]) == (1, "bad 2: PYSEC-1, mended in 2.1\n")


def test_packages_that_nobody_knows_are_not_taken_for_good_ones():
    code, told = judged([GOOD, SKIPPED])
    assert code == 2
    assert told.startswith("NOT AUDITED: 1 of 2 packages, such as far")


def test_a_hole_counts_more_than_what_is_not_known():
    code, told = judged([BAD, SKIPPED])
    assert (code, len(told.splitlines())) == (1, 2)
