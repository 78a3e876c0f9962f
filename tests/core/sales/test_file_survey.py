import hashlib
import io

import pytest

from core.sales.dialect import find_dialect
from core.sales.file_survey import survey_file
from core.sales.importer import SalesReader
from tests.support.sales_files import compressed, line, table

MEBIBYTE = 1024 * 1024
TEXT = table(*[line(order=str(n * n * n)) for n in range(150_000)])


class CountingFile(io.BytesIO):
    bytes_read = 0

    def read(self, size=-1, /):
        data = super().read(size)
        self.bytes_read += len(data)
        return data


@pytest.mark.parametrize("compression", ["plain", "gzip", "zip"])
def test_the_checksum_is_that_of_the_file_as_sent(compression):
    data = compressed(TEXT.encode(), compression)
    file = io.BytesIO(data)
    assert survey_file(file, find_dialect(file)).sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("compression", ["plain", "gzip", "zip"])
@pytest.mark.slow
def test_a_file_that_begins_in_ascii_is_read_twice_after_its_header(compression):
    text = TEXT + table(line(country="Österreich")).partition("\n")[2]
    file = CountingFile(compressed(text.encode("latin-1"), compression))
    dialect = find_dialect(file)
    file.bytes_read = 0
    reader = SalesReader(file, dialect, survey_file(file, dialect), reject=pytest.fail)
    assert sum(batch.num_rows for batch in reader) == 150_001
    assert reader.report.encoding == "windows-1252"
    size = len(file.getvalue())
    assert size > MEBIBYTE
    assert file.bytes_read < 2.1 * size
