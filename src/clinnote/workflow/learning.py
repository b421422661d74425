"""``check --learn``: verdict files in, suppression rules out."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clinnote.crosscheck.learning import MIN_SUPPORT, Lessons, Proposal, learn
from clinnote.crosscheck.rules import load_rules
from clinnote.errors import Reject, UsageError
from clinnote.model.conflict import Conflict
from clinnote.model.proportion import wilson
from clinnote.settings import Home
from clinnote.store.records import STANDARD_STREAM, check_distinct, check_output, read_records

_HEAD: Final = """\
# Suppression rules proposed by 'clinnote check --learn' from {reviewed} reviewed flags.
# Read each before you adopt it: clinnote check ... --suppress THIS_FILE (or copy rows into configs/crosscheck.toml).
# A muted conflict stays in the output, with severity "info" and the rule's id in its metadata.
"""
_BEWARE: Final = """
# Beware: each of these would have hidden true conflicts. They are comments; adopt none without reading the cases.
"""
_GUESS: Final = 0.5
"""A rule whose muted flags may be true more often than not has too little evidence to be adopted."""
COLUMNS: Final = ("false flags removed", "true ones hidden", "true share at most", "not reviewed")


@dataclass(frozen=True, slots=True)
class LearnSummary:
    """What was learnt, and which lines could not be read."""

    lessons: Lessons
    verdicts: int
    rejects: tuple[Reject, ...]


def learn_files(
    verdicts: Sequence[Path],
    out: Path | None,
    home: Home,
    conflicts: Path | None = None,
    min_support: int = MIN_SUPPORT,
) -> LearnSummary:
    """Read verdicts (and the conflicts of the run), propose rules, and write them as TOML to ``out``.

    Raises:
        UsageError: a file is missing, or ``out`` can't be written.
    """
    check_distinct([out], [*verdicts, *([conflicts] if conflicts else [])])
    if out is not None:
        check_output(out, (".toml",))
    rejects: list[Reject] = []
    given = list(_verdicts(verdicts, rejects))
    known = [item for item in read_records(conflicts, Conflict) if _usable(item, rejects)] if conflicts else []
    traps = load_rules(home.configs / "crosscheck.toml").traps
    lessons = learn(given, traps, [item for item in known if isinstance(item, Conflict)], min_support)
    if out is not None:
        _write(out, rules_toml(lessons))
    return LearnSummary(lessons, len(given), tuple(rejects))


def _verdicts(paths: Sequence[Path], rejects: list[Reject]) -> Iterator[tuple[str, Conflict]]:
    for path in paths:
        for item in read_records(path, Conflict):
            if isinstance(item, Reject):
                rejects.append(item)
            elif item.verdict is not None:
                yield path.name, item


def _usable(item: Conflict | Reject, rejects: list[Reject]) -> bool:
    if isinstance(item, Reject):
        rejects.append(item)
        return False
    return True


def _write(out: Path, text: str) -> None:
    if out == STANDARD_STREAM:
        print(text, end="")  # noqa: T201 -- standard output was asked for
        return
    try:
        out.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{out}: can't be written ({error.strerror})") from None


def rules_toml(lessons: Lessons) -> str:
    """The proposals as ``[[suppress]]`` rows; those that hide true conflicts stand in it as comments."""
    names: set[str] = set()
    parts = [_HEAD.format(reviewed=lessons.reviewed), *(_row(proposal, names) for proposal in lessons.proposals)]
    if lessons.warnings:
        parts.append(_BEWARE)
        rows = "\n".join(_row(proposal, names) for proposal in lessons.warnings)
        parts.append("".join(f"# {line}".rstrip() + "\n" for line in rows.strip().splitlines()))
    return "".join(parts)


def _row(proposal: Proposal, names: set[str]) -> str:
    rule, name, number = proposal.rule, proposal.rule.id, 1
    while name in names:
        number += 1
        name = f"{rule.id}-{number}"
    names.add(name)
    lines = ["", "[[suppress]]", f"id = {_text(name)}", f"kind = {_text(rule.kind)}"]
    lines += [f"{feature} = {_text(value)}" for feature, value in rule.conditions]
    hidden = f"; hid {', '.join(proposal.hidden[:5])}" if proposal.hidden else ""
    why = (
        f"of {proposal.false_flags + proposal.true_conflicts} reviewed flags {proposal.false_flags} were false and "
        f"{proposal.true_conflicts} true (at most {proposal.bound:.0%} true, 95 %){hidden}"
    )
    return "\n".join([*lines, f"why = {_text(why)}", ""])


def _text(value: str) -> str:
    """A TOML basic string."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def describe_lessons(summary: LearnSummary) -> str:
    """What was learnt, for people: counts, disagreements, and a table of the rules."""
    lessons = summary.lessons
    low, high = wilson(lessons.true, lessons.reviewed)
    share = f", PPV {lessons.true / lessons.reviewed:.0%} (95 % {low:.0%} to {high:.0%})" if lessons.reviewed else ""
    if not summary.verdicts:
        return "no verdicts: export them from the report page, or bring them with 'clinnote pull --review'"
    counts = f"{lessons.true} errors, {lessons.reviewed - lessons.true} false alarms"
    lines = [f"{summary.verdicts} verdicts on {lessons.reviewed} flags: {counts}{share}"]
    if lessons.disagreements:
        lines.append(f"readers disagree on {len(lessons.disagreements)}, counted as errors here:")
        lines += [
            f"  {found.conflict_id}: " + ", ".join(f"{who} {value}" for who, value in found.readers)
            for found in lessons.disagreements
        ]
    if lessons.proposals:
        lines += ["", "rules to adopt, each with what it would have done to the reviewed flags:"]
        lines += _table(lessons.proposals)
        if any(found.bound > _GUESS for found in lessons.proposals):
            lines.append("where the true share may be more than half, a rule is a guess: review more such flags first")
    else:
        lines += ["", "no rule: no property is shared by enough false flags and by no true one"]
    if lessons.warnings:
        lines += ["", "BEWARE, these would have hidden true conflicts:", *_table(lessons.warnings)]
    return "\n".join(lines)


def _table(proposals: Sequence[Proposal]) -> list[str]:
    rows = [(*COLUMNS, "rule")]
    for found in proposals:
        words = " and ".join(f"{name} = {value}" for name, value in found.rule.conditions)
        numbers = (found.false_flags, found.true_conflicts, f"{found.bound:.0%}", found.not_reviewed)
        rows.append((*map(str, numbers), f"{found.rule.kind} with {words}"))  # type: ignore[arg-type]
    return [
        "  " + "  ".join(cell.rjust(len(name)) for cell, name in zip(row, COLUMNS, strict=False)) + f"  {row[-1]}"
        for row in rows
    ]
