from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest

from app.core.errors import BundleUnreadable
from app.core.model.forest import Forest
from app.core.model.lightgbm_library import LIBRARY_NAMES, find_library
from tests.bundles import random_rows, train

COLUMNS = 12
NAMES = [f"f.{place}" for place in range(COLUMNS)]
ROWS, LABELS = random_rows(COLUMNS)
BOOSTER = train(ROWS, LABELS, NAMES, trees=40)
TEXT = BOOSTER.model_to_string().encode()


@pytest.fixture(scope="module")
def forest() -> Forest:
    return Forest(TEXT)


def test_the_text_form_scores_as_the_trained_booster_bit_for_bit(forest: Forest) -> None:
    trained = BOOSTER.predict(ROWS, raw_score=True)

    assert forest.predict(ROWS).tobytes() == trained.tobytes()


def test_one_row_scores_the_same_bits_alone_as_among_others(forest: Forest) -> None:
    rows, _ = random_rows(COLUMNS, 2000)
    alone = np.concatenate([forest.predict(row[np.newaxis]) for row in rows])

    assert alone.tobytes() == forest.predict(rows).tobytes()


def test_contributions_add_up_to_the_raw_score_on_10_000_rows(forest: Forest) -> None:
    rows, _ = random_rows(COLUMNS, 10_000)
    contributions = forest.contributions(rows)

    assert contributions.shape == (10_000, COLUMNS + 1)
    # the promise of the wire contract; sums of 40 trees come within 1e-13
    assert np.abs(contributions.sum(axis=1) - forest.predict(rows)).max() <= 1e-6


def test_the_base_value_comes_last_and_is_the_same_for_all(forest: Forest) -> None:
    assert len(set(forest.contributions(ROWS)[:, -1])) == 1


def test_no_rows_have_no_scores(forest: Forest) -> None:
    nothing = np.empty((0, COLUMNS))

    assert forest.predict(nothing).shape == (0,)
    assert forest.contributions(nothing).shape == (0, COLUMNS + 1)


@pytest.mark.parametrize("shape", [(COLUMNS,), (1, COLUMNS - 1), (2, COLUMNS + 1)])
def test_rows_of_another_shape_are_refused(forest: Forest, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=f"wanted \\(n, {COLUMNS}\\)"):
        forest.predict(np.zeros(shape))


def test_rows_in_another_order_or_type_score_the_same(forest: Forest) -> None:
    columns_first = np.asfortranarray(ROWS)
    narrow: Any = ROWS.astype(np.float32)

    assert forest.predict(columns_first).tobytes() == forest.predict(ROWS).tobytes()
    assert forest.predict(narrow).tobytes() == forest.predict(narrow.astype(float)).tobytes()


def test_16_threads_get_the_same_bits_of_2_000_calls(forest: Forest) -> None:
    scores, contributions = forest.predict(ROWS), forest.contributions(ROWS)

    def differs(call: int) -> bool:
        row = call % len(ROWS)
        one = ROWS[row : row + 1]
        score = forest.predict(one)[0] != scores[row]
        return bool(score or (forest.contributions(one)[0] != contributions[row]).any())

    with ThreadPoolExecutor(16) as threads:
        assert not any(threads.map(differs, range(2000)))


def test_text_that_is_no_booster_is_refused() -> None:
    with pytest.raises(BundleUnreadable, match=r"model\.txt"):
        Forest(b"not a model")


def test_text_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(BundleUnreadable, match="UnicodeDecodeError"):
        Forest(b"tree\n\xff\xfe")


def test_a_booster_of_several_classes_is_refused() -> None:
    settings = {"objective": "multiclass", "num_class": 3, "verbosity": -1, "num_threads": 1}
    labels = np.arange(len(ROWS)) % 3
    several = lightgbm.train(settings, lightgbm.Dataset(ROWS, labels), 2)

    with pytest.raises(BundleUnreadable, match="more than one score"):
        Forest(several.model_to_string().encode())


def test_contributions_are_those_of_lightgbm_bit_for_bit(forest: Forest) -> None:
    theirs = BOOSTER.predict(ROWS, pred_contrib=True)

    assert forest.contributions(ROWS).tobytes() == theirs.tobytes()
    assert forest.contributions(ROWS[:1]).tobytes() == theirs[:1].tobytes()


def test_a_forest_knows_how_many_leaves_its_trees_have(forest: Forest) -> None:
    trees = BOOSTER.dump_model()["tree_info"]

    assert forest.leaves == sum(tree["num_leaves"] for tree in trees)


def test_the_library_is_found_in_the_first_package_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "second" / "lib").mkdir(parents=True)
    there = tmp_path / "second" / "lib" / LIBRARY_NAMES[0]
    there.touch()

    assert find_library([str(tmp_path / "first"), str(tmp_path / "second")]) == there
    with pytest.raises(ImportError, match="no shared library"):
        find_library([str(tmp_path / "first")])
