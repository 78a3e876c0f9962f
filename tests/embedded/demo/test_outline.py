import pytest

from embedded.demo.outline import STEPS, Mirror, disc, shapes, trace


def test_a_quadratic_curve_follows_its_formula():
    points = trace("M 0 0 Q 10 20 40 0")
    middle = points[STEPS // 2]
    assert middle == pytest.approx((0.25 * 0 + 0.5 * 10 + 0.25 * 40, 0.5 * 20))
    assert points[0] == (0, 0)
    assert points[-1] == (40, 0)


def test_a_half_is_completed_by_its_mirror_image():
    (square,) = shapes("M 0 0 L 5 0 L 5 7 L 0 7", Mirror.HALF)
    assert square == [(0, 0), (5, 0), (5, 7), (0, 7), (0, 7), (-5, 7), (-5, 0), (0, 0)]


def test_a_pair_is_two_shapes_and_every_m_begins_a_shape():
    path = "M 1 1 L 2 1 L 2 2 M 5 1 L 6 1 L 6 2"
    assert [shape[0] for shape in shapes(path, Mirror.PAIR)] == [(1, 1), (5, 1), (-1, 1), (-5, 1)]
    assert len(shapes(path, Mirror.NONE)) == 2


def test_a_disc_reaches_its_radius_in_all_directions():
    xs, ys = zip(*trace(disc(3, 4, 2)), strict=True)
    assert (min(xs), max(xs), min(ys), max(ys)) == (1, 5, 2, 6)
