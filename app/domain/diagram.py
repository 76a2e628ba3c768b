"""Draws the lifecycle table as Mermaid state diagrams, so that no picture is ever kept by hand."""

from __future__ import annotations

from app.domain.lifecycle import NEW, RULES, Track


def mermaid(track: Track) -> str:
    """Return one Mermaid state diagram of a track; the words on an arrow are the action and who may do it."""
    lines = ["stateDiagram-v2"]
    for (of, before, action), rule in RULES.items():
        if of is track:
            start = "[*]" if before == NEW else _name(before)
            roles = ", ".join(sorted(rule.roles))
            lines.append(f"    {start} --> {_name(rule.after)}: {action} ({roles})")
    return "\n".join(lines)


def _name(status: str) -> str:
    return status.replace("-", "_")
