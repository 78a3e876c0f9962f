from core.score_scale import Likeness, ScoreMeaning, ScoreScale

SCALE = ScoreScale(
    index="i", images=40, scores=(0, 0.5, 0.8), rarities=(1, 60, 2000), sames=(0.0, 0.1, 0.9)
)


def test_a_score_means_what_the_last_row_below_it_says():
    assert SCALE.meaning(0.49) == ScoreMeaning(1, 0.0)
    assert SCALE.meaning(0.5) == ScoreMeaning(60, 0.1)
    assert SCALE.meaning(1) == ScoreMeaning(2000, 0.9)


def test_the_lowest_score_of_a_rarity_has_at_least_this_rarity():
    assert [SCALE.min_score(rarity) for rarity in (1, 2, 60, 61, 2001)] == [0, 0.5, 0.5, 0.8, None]


def test_words_say_the_same_as_the_numbers():
    words = [ScoreMeaning(rarity, same).likeness for rarity, same in
             ((9, 0.1), (50, 0.1), (1000, 0.4), (1000, 0.5))]  # fmt: skip
    assert words == [
        Likeness.LESS_SIMILAR, Likeness.SIMILAR, Likeness.VERY_SIMILAR, Likeness.SAME,
    ]  # fmt: skip


def test_a_scale_survives_storage():
    assert ScoreScale.model_validate_json(SCALE.model_dump_json()) == SCALE
