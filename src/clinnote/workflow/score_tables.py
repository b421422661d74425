"""The scores of an evaluation as tables of plain words, for the terminal and the page of errors."""

from clinnote.model.codes import short_system
from clinnote.quality.evaluation import Evaluation
from clinnote.quality.intervals import Estimate, Score
from clinnote.reports.error_report import ScoreTable

NONE = "none"


def score_tables(evaluation: Evaluation) -> tuple[ScoreTable, ...]:
    """Spans by label, attributes with their values, codes by system. Tables that would be empty are left out."""
    tables = (_spans(evaluation), _attributes(evaluation), _codes(evaluation))
    return tuple(table for table in tables if table.rows)


def _spans(evaluation: Evaluation) -> ScoreTable:
    rows = []
    for label in evaluation.labels:
        for name, score in (("exact", label.exact), ("overlapping", label.overlap)):
            rows.append((label.label, name, str(label.gold), str(label.predicted), *_three(score)))
    columns = ("label", "span", "gold", "predicted", "precision", "recall", "F1")
    return ScoreTable("Mentions", columns, tuple(rows))


def _attributes(evaluation: Evaluation) -> ScoreTable:
    rows = []
    for attribute in evaluation.attributes:
        agree = shown(attribute.agree)
        rows.append((attribute.name, "all", str(attribute.pairs), agree, "", "", ""))
        for value in attribute.values:
            gold = value.score.tp + value.score.fn
            rows.append((attribute.name, value.value, str(gold), "", *_three(value.score)))
    columns = ("attribute", "value", "gold", "agree", "precision", "recall", "F1")
    return ScoreTable("Attributes of matched mentions", columns, tuple(rows))


def _codes(evaluation: Evaluation) -> ScoreTable:
    rows = []
    for code in evaluation.codes:
        related = "no hierarchy" if code.related is None else shown(code.related)
        name = short_system(code.system)
        rows.append((name, str(code.pairs), shown(code.first), shown(code.listed), related))
    columns = ("code system", "gold", "best code", "any candidate", "ancestor or descendant")
    return ScoreTable("Codes of matched mentions", columns, tuple(rows))


def _three(score: Score) -> tuple[str, str, str]:
    return shown(score.precision), shown(score.recall), shown(score.f1)


def shown(share: Estimate) -> str:
    """``0.914 [0.880, 0.943]``; ``none`` where there was nothing to divide by."""
    if share.value is None:
        return NONE
    if share.low is None or share.high is None:
        return f"{share.value:.3f}"
    return f"{share.value:.3f} [{share.low:.3f}, {share.high:.3f}]"
