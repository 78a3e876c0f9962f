import pytest

from core.pipelines.ingest.plan import _chunks
from core.storage import PlannedImage


def images(*skus):
    return [
        PlannedImage(file=f"{n}.jpg", sku=s, view="v", offset=0, size=1) for n, s in enumerate(skus)
    ]


@pytest.mark.parametrize("count", [1, 15, 16, 17, 100, 511, 2000])
def test_chunks_contain_every_image_once_and_in_order(count):
    planned = images(*map(str, range(count)))
    chunks = list(_chunks(planned, 64))
    assert [image for chunk in chunks for image in chunk] == planned
    assert max(map(len, chunks)) <= 64


def test_chunks_get_shorter_towards_the_end():
    sizes = [len(chunk) for chunk in _chunks(images(*map(str, range(2000))), 64)]
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-2]) == (64, 16)


def test_an_item_stays_in_one_chunk():
    planned = images(*(str(n // 5) for n in range(400)))
    chunks = list(_chunks(planned, 16))
    chunks_by_sku = {}
    for number, chunk in enumerate(chunks):
        for image in chunk:
            chunks_by_sku.setdefault(image.sku, set()).add(number)
    assert all(len(numbers) == 1 for numbers in chunks_by_sku.values())


def test_an_item_with_very_many_images_is_split():
    chunks = list(_chunks(images(*["A"] * 200), 16))
    assert max(map(len, chunks)) <= 32
