"""The field that a chart of the console is drawn in, in SVG units. Pure geometry."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Axes:
    """From ``left`` to ``right`` goes time, from ``base`` up to ``top`` a value from 0 to ``most``."""

    most: int
    height: int
    left: int
    right: int
    top: int
    base: int
    width: int = 640

    def x(self, share: float) -> float:
        """Where a share of the way stands, 0 on the left and 1 on the right."""
        return round(self.left + (self.right - self.left) * share, 1)

    def y(self, value: int) -> float:
        """How high a value stands; what is off the scale stands at its end."""
        return round(self.base - (self.base - self.top) * min(max(value, 0), self.most) / self.most, 1)

    def lines(self, *values: int) -> tuple[tuple[int, float], ...]:
        """Values to draw a line at, each with its height."""
        return tuple((value, self.y(value)) for value in values)
