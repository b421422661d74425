"""Patterns of words with alternatives in round brackets, as the tables of cues and of time expressions write them."""


def expand(pattern: str) -> tuple[str, ...]:
    """Every phrase that a pattern with alternatives stands for.

    Raises:
        ValueError: the brackets do not match.
    """
    phrases, at = _alternatives(pattern, 0)
    if at != len(pattern):
        raise ValueError("a bracket is closed that was not opened")
    return tuple(dict.fromkeys(" ".join(phrase.split()) for phrase in phrases))


def _alternatives(pattern: str, at: int) -> tuple[list[str], int]:
    done: list[str] = []
    current = [""]
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            done += current
            current = [""]
        elif pattern[at] == "(":
            inner, at = _alternatives(pattern, at + 1)
            if at == len(pattern):
                raise ValueError("a bracket is not closed")
            current = [head + tail for head in current for tail in inner]
        else:
            current = [head + pattern[at] for head in current]
        at += 1
    return done + current, at
