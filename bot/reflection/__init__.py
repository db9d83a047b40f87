"""From a person's own answers to a picture of them: craving, anxiety, and a body adjusting. Pure and additive.

The method is section 2 of the clinical content: whole points per answer, two caps, a gate for withdrawal, bands by
whole-number comparison. The numbers stand in ``bot/content/reflection.yml``.
"""

from bot.reflection.formulation import Answers, Formulation, formulate
from bot.reflection.model import Model, Points, Question, load_model

__all__ = ["Answers", "Formulation", "Model", "Points", "Question", "formulate", "load_model"]
