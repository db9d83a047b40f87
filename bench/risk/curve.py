"""The plot of sensitivity against false alarms, as SVG written by hand: a hundred lines are no reason for a library."""

from collections.abc import Sequence
from pathlib import Path

from bench.risk.judging import STOPPING, Judged

WIDTH, HEIGHT, EDGE = 640, 420, 60
MOST_ALARMS = 0.25
Point = tuple[float, float]
COLOURS = {"meaning alone": "#3465a4", "rules and meaning": "#4e9a06"}


def draw(judged: Sequence[Judged], path: Path) -> None:
    """Layer 2 alone and with the rules at every threshold, and the points at which the screen is run."""
    bad = [one for one in judged if one.sentence.flagged]
    good = [one for one in judged if one.sentence.harmless]
    lines = {
        "meaning alone": _line([_by_score(one, rules=False) for one in bad], [_by_score(o, rules=False) for o in good]),
        "rules and meaning": _line(
            [_by_score(one, rules=True) for one in bad], [_by_score(o, rules=True) for o in good]
        ),
    }
    points = {
        "rules": _point(bad, good, "rules", ("page", "ask", "review")),
        "both, anything": _point(bad, good, "both", ("page", "ask", "review")),
        "both, stops": _point(bad, good, "both", STOPPING),
        "both, pages": _point(bad, good, "both", ("page",)),
    }
    path.write_text(_svg(lines, points), encoding="utf-8")


def _by_score(one: Judged, *, rules: bool) -> float:
    return 100.0 if rules and one.action("rules") != "none" else one.score


def _line(bad: Sequence[float], good: Sequence[float]) -> list[Point]:
    points = []
    for bar in sorted({*bad, *good}, reverse=True):
        alarms = sum(score >= bar for score in good) / len(good)
        if alarms > MOST_ALARMS:
            break
        points.append((alarms, sum(score >= bar for score in bad) / len(bad)))
    return points


def _point(bad: Sequence[Judged], good: Sequence[Judged], layer: str, actions: Sequence[str]) -> Point:
    def taken(some: Sequence[Judged]) -> float:
        return sum(one.action(layer) in actions for one in some) / len(some)

    return taken(good), taken(bad)


def _place(point: Point) -> tuple[float, float]:
    alarms, sensitivity = point
    across = EDGE + (WIDTH - 2 * EDGE) * min(alarms, MOST_ALARMS) / MOST_ALARMS
    return round(across, 1), round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * sensitivity, 1)


def _svg(lines: dict[str, list[Point]], points: dict[str, Point]) -> str:
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        '  font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">false alarms among harmless sentences</text>',
        f'<text x="16" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 16 {HEIGHT / 2})">found</text>',
    ]
    for tick in range(6):
        across, _ = _place((MOST_ALARMS * tick / 5, 0))
        _, down = _place((0, tick / 5))
        parts.append(f'<path d="M{across} {EDGE}V{HEIGHT - EDGE}M{EDGE} {down}H{WIDTH - EDGE}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{across}" y="{HEIGHT - EDGE + 18}" text-anchor="middle">{20 * tick * MOST_ALARMS:.0f} %</text>'
        )
        parts.append(f'<text x="{EDGE - 8}" y="{down + 4}" text-anchor="end">{20 * tick} %</text>')
    for number, (name, line) in enumerate(lines.items()):
        path = " ".join(f"{across},{down}" for across, down in map(_place, line))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        down = HEIGHT - EDGE - 30 + 16 * number
        parts.append(f'<text x="{WIDTH - EDGE}" y="{down}" text-anchor="end" fill="{COLOURS[name]}">{name}</text>')
    for name, point in points.items():
        across, down = _place(point)
        parts.append(f'<circle cx="{across}" cy="{down}" r="4"/><text x="{across + 7}" y="{down + 4}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])
