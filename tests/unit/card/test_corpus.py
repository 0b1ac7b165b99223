"""What fuzzing has found worth keeping, run again: a value or a CardError each time."""

import pytest

from device.card import files, text
from tests.fuzz.corpus import NAMES, inputs
from tests.fuzz.targets import Found, Ground


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("fuzz"))


@pytest.fixture(autouse=True)
def breath(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the breath of careful reading, which made-up cards do not need."""
    monkeypatch.setattr(files, "BREATH_S", 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_every_input_of_the_corpus_and_every_seed_gives_a_value_or_a_card_error(
    name: str, ground: Ground
) -> None:
    target = ground.targets()[name]
    kept = list(inputs(name))
    assert kept

    for data in (*target.seeds(), *kept):
        target.run(data)


@pytest.mark.parametrize("category", ["Cf", "Cc"])
def test_a_parser_that_lets_steering_characters_through_is_found(
    category: str, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The positive control: a guard is taken away, and the same inputs must hit.
    monkeypatch.setattr(text, "_NOT_TEXT", text._NOT_TEXT - {category})
    target = ground.targets()["tlv"]

    def run_all() -> None:
        for data in (*target.seeds(), *inputs("tlv")):
            target.run(data)

    with pytest.raises(Found):
        run_all()
