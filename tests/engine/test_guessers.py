"""What actions are told of a typed text: which answers it is closest to, and which inner words it sounds like."""

from uuid import uuid4

import pytest

from bot.content.reading import CONTENT, read
from tests.engine.small_bot import Actions, SmallBot, in_rasas_runtime

pytestmark = pytest.mark.rasa
BEST = 3


def heard(bot: SmallBot, actions: Actions, text: str) -> dict:
    """The latest message as an action gets it."""
    conversation = uuid4().hex
    bot.ask(conversation, "I want to check in")
    assert bot.ask(conversation, text, metadata={"expects": "scale", "state": "CI2"}).status_code == 200
    return actions.calls[-1]["tracker"]["latest_message"]


def test_actions_are_told_the_closest_options_of_every_choice_question(bot: SmallBot, actions: Actions) -> None:
    closest = heard(bot, actions, "the tablet, i keep picturing taking one")["closest"]

    files = (read(path) for path in (CONTENT / "answer_examples").glob("*.yml"))
    assert set(closest) == {file["code"] for file in files if "code" in file}
    assert all(len(best) >= BEST for best in closest.values())
    assert closest["D01"][0][0] == "tablet"
    assert all(0 <= chance <= 1 for best in closest.values() for _, chance in best)
    assert all(best == sorted(best, key=lambda pair: -pair[1]) for best in closest.values())


def test_where_several_options_fit_each_has_a_chance_of_its_own(bot: SmallBot, actions: Actions) -> None:
    closest = heard(bot, actions, "my hands shake and my ears are ringing")["closest"]

    assert {name for name, chance in closest["D12"][:2] if chance > 0.25} == {"tremor_or_jerks", "ringing_ears"}


def test_each_part_of_a_list_counts(bot: SmallBot, actions: Actions) -> None:
    closest = heard(bot, actions, "my skin burns, my sight is blurry and noises are much too loud")["closest"]

    assert {name for name, chance in closest["D12"] if chance > 0.25} == {
        "tingling_burning_numb_skin",
        "balance_or_blurred_vision",
        "light_sound_touch_too_strong",
    }


def test_the_second_of_two_sentences_counts_as_inner_words_too(bot: SmallBot, actions: Actions) -> None:
    text = "those were lovely calm days on the tablets. and it never did me any real harm"

    inner = [name for name, chance in heard(bot, actions, text)["inner"] if chance > 0.25]

    assert set(inner) == {"idealising", "minimising_harm"}


def test_actions_are_told_the_inner_words(bot: SmallBot, actions: Actions) -> None:
    inner = heard(bot, actions, "just one tonight and then i start properly")["inner"]

    assert inner[0][0] == "just_one_dose"
    assert len(inner) == BEST


def test_ordinary_talk_is_no_inner_language(bot: SmallBot, actions: Actions) -> None:
    assert heard(bot, actions, "my sister brought a cake on sunday")["inner"][0][0] == "none"


def test_a_chosen_answer_needs_no_guess(bot: SmallBot, actions: Actions) -> None:
    conversation = uuid4().hex
    bot.ask(conversation, "I want to check in")

    bot.ask(conversation, "7", answer={"value": 7}, metadata={"expects": "scale", "state": "CI2"})

    assert "closest" not in actions.calls[-1]["tracker"]["latest_message"]


def test_one_text_is_weighed_as_scikit_learn_weighs_it() -> None:
    texts = ["", "a", "I'm shaking, shaking! AND sweating", "\x00 💊 e\u0301", "word " * 300]
    code = f"""
import json
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from bot.engine.ngrams import Ngrams
words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2)
union = FeatureUnion([("words", words), ("letters", letters)])
union.fit(["I am shaking and sweating", "shaking hands", "a word about pills 💊", "sweating at night"])
ours, theirs = Ngrams(union).rows({texts!r}), union.transform({texts!r})
print(json.dumps([ours.nnz, bool(np.allclose(ours.toarray(), theirs.toarray()))]))
"""

    found, is_same = in_rasas_runtime(code)

    assert is_same
    assert found > 20
