import pytest

from core.pipelines.ingest.plan import _chunks
from core.storage import Entry


def entries(*skus):
    return [Entry(file=f"{n}.jpg", sku=s, view="v", offset=0, size=1) for n, s in enumerate(skus)]


@pytest.mark.parametrize("count", [1, 15, 16, 17, 100, 511, 2000])
def test_chunks_hold_every_picture_once_and_in_order(count):
    whole = entries(*map(str, range(count)))
    chunks = list(_chunks(whole, 64))
    assert [entry for chunk in chunks for entry in chunk] == whole
    assert max(map(len, chunks)) <= 64


def test_chunks_get_shorter_towards_the_end():
    sizes = [len(chunk) for chunk in _chunks(entries(*map(str, range(2000))), 64)]
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-2]) == (64, 16)


def test_an_item_stays_in_one_chunk():
    whole = entries(*(str(n // 5) for n in range(400)))
    chunks = list(_chunks(whole, 16))
    homes = {}
    for number, chunk in enumerate(chunks):
        for entry in chunk:
            homes.setdefault(entry.sku, set()).add(number)
    assert all(len(home) == 1 for home in homes.values())


def test_an_item_of_very_many_pictures_is_split_all_the_same():
    chunks = list(_chunks(entries(*["A"] * 200), 16))
    assert max(map(len, chunks)) <= 32
