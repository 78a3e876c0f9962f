from core.cache.parsed_lines import ParsedLines


def test_only_the_lines_that_are_read_are_parsed():
    parsed = []

    def parse(line):
        parsed.append(line)
        return int(line)

    rows = ParsedLines([b"1", b"2", b"3", b"4"], parse)
    assert (len(rows), next(iter(rows)), rows[-1], [*rows[1:3]]) == (4, 1, 4, [2, 3])
    assert parsed == [b"1", b"4", b"2", b"3"]
