"""Tier P: gives one approved project its linkable rows, for a secure environment, in a folder of its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from anonymiser.errors import Refusal
from anonymiser.releasing.folder import making, sha256, sync, write_file
from anonymiser.releasing.frames import raw_frame
from anonymiser.releasing.leaving_out import agreed_of, opt_outs
from anonymiser.releasing.package import csv_bytes, json_bytes
from anonymiser.releasing.series import parquet
from anonymiser.releasing.sources import Order, read_extracts
from anonymiser.releasing.verify import MANIFEST, MANIFEST_SUM, manifest_sum
from anonymiser.tokens.linkable import NOTICE, Approval, make_linkable
from anonymiser.tokens.papers import Papers, read_paper


def make_project(order: Order, papers: Papers, now: datetime) -> Path:
    """Write `linkable-PROJECT-DATE` into `order.out`, for its owner alone, and give its path.

    Raises Refusal unless two people of two roles signed exactly this project and it has not expired.
    """
    paper = read_paper(papers.paper)
    if paper.project is None:
        raise Refusal(f"{papers.paper.name} asks for no project's rows.")
    name = f"linkable-{paper.project.id}-{now.date().isoformat()}"
    check_place(order.out, name)
    approvals = papers.approvals(order.out)
    extracts = read_extracts(order.extracts, order)
    raw = raw_frame(extract for _, extract in extracts.values())
    made = make_linkable(
        raw,
        paper.project,
        root=order.keys.root,
        approval=Approval(request=paper.request, signatures=paper.signatures, approvals=approvals),
        opt_outs=replace(opt_outs(order.lists, raw["nhs_number"]), agreed=agreed_of(order.lists)),
        now=now,
    )
    for sentence in made.tripped:
        order.warn(sentence)
    files = {
        "linkable.csv": csv_bytes(made.data),
        "linkable.parquet": parquet(made.data),
        "metadata.json": json_bytes(made.metadata),
    }
    folder = write_personal(order.out, name, files)
    approvals.trail.keep_head()
    return folder


def check_place(out: Path, name: str) -> None:
    """Raise Refusal where personal data must not be written; asked before an approval is spent.

    Not into a folder of releases nor below one, which others read, and not over what is there.
    """
    for folder in (out.resolve(), *out.resolve().parents):
        if (folder / ".series").exists() or next(folder.glob(f"release-*/{MANIFEST}"), None):
            raise Refusal(
                f"{folder} is a folder of releases, which others read. Personal data needs a folder of its own: --out"
            )
    if Path(name).name != name or (out / name).exists():
        raise Refusal(f"{name} is there already; rows are never rewritten.")


def write_personal(out: Path, name: str, files: Mapping[str, bytes]) -> Path:
    """Write a folder of personal data, with its notice and its sums, for its owner alone. Raises Refusal to rewrite."""
    files = {**files, "NOTICE.txt": f"{NOTICE}\n".encode()}
    files[MANIFEST] = json_bytes({"files": {path: sha256(content) for path, content in files.items()}})
    files[MANIFEST_SUM] = manifest_sum(files[MANIFEST]).encode()
    check_place(out, name)
    out.mkdir(parents=True, exist_ok=True)
    with making(out) as aside:
        for path, content in sorted(files.items()):
            write_file(aside / path, content)
        aside.rename(out / name)
    sync(out)
    return out / name
