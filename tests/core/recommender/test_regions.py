import pytest

from core.recommender.regions import regions_of


@pytest.mark.parametrize(
    ("country", "zip", "expected"),
    [
        ("GB", "SW1A 1AA", ["GB/SW1A 1AA", "GB/SW", "GB", ""]),
        ("DE", "20095", ["DE/20095", "DE/20", "DE", ""]),
        ("DE", "20", ["DE/20", "DE", ""]),
        ("DE", "", ["DE", ""]),
        ("", "20095", ["/20095", "/20", ""]),
        ("", "", [""]),
    ],
)
def test_regions_go_from_near_to_everywhere(country, zip, expected):
    assert regions_of(country, zip) == expected


def test_case_and_spaces_do_not_make_another_region():
    assert regions_of(" gb ", "sw1a  1aa") == regions_of("GB", "SW1A 1AA")


def test_the_api_can_import_it_without_numpy():
    import subprocess
    import sys

    code = "import core.recommender.regions, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
