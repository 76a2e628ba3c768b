"""What a person sees behind their own link: what they wanted and what happened, as picture, in words, on paper."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, Invalid
from app.domain.my_page import MyPage
from app.domain.person_comments import ABOUT, KINDS, LONGEST, SETTLED, Said
from app.domain.stories import USE_WORDS
from app.domain.vocabulary import Role
from app.services.own import my_page, own_answers, own_next, person_comments
from app.services.own.my_picture import picture
from app.services.own.person_links import PROGRESS
from app.store.person_links import PersonLink
from app.web.directories import directory_words
from app.web.frame import linked
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, public, requires
from app.web.frame.page import render
from app.web.own.my_door import by_own_link, the_person_alone

pages = Blueprint("my_pages", __name__)
SVG: Final = "image/svg+xml"


@pages.get("/my/<code>/progress")
@public
@by_own_link(PROGRESS)
def progress(code: str, link: PersonLink) -> Response:
    """Show what the person wanted and what happened."""
    page = my_page.own_page(database(), link)
    beside: dict[str, Any] = {"settled": SETTLED, "about": ABOUT, "use_words": USE_WORDS}
    beside |= {"who": own_next.find(database(), link), "meets": directory_words.when}
    beside["said"] = person_comments.list_own(database(), link)
    beside["stories"] = my_page.list_stories(database(), link)
    beside["asks"] = bool(own_answers.get_asked(database(), link).measures)
    return _shown("my/progress.html", code, page=page, **beside)


@pages.get("/my/<code>/picture.svg")
@public
@by_own_link(PROGRESS)
def own_picture(_code: str, link: PersonLink) -> Response:
    """Hand out the picture of the page."""
    return _svg(picture(my_page.own_page(database(), link)))


@pages.get("/my/<code>/progress.pdf")
@public
@by_own_link(PROGRESS)
def own_sheet(_code: str, link: PersonLink) -> Response:
    """Hand out the page as a file in large print."""
    return _sheet(my_page.own_page(database(), link))


@pages.get("/my/<code>/comment")
@public
@by_own_link(PROGRESS)
def ask_comment(code: str, _link: PersonLink) -> Response:
    """Ask what is not right, or what the person wants to add; a page that leads here may name what it is about."""
    about = request.args.get("about", "")
    return _comment_page(code, Form(MultiDict({"about": about})) if about in ABOUT else Form())


@pages.post("/my/<code>/comment")
@public
@by_own_link(PROGRESS)
def send_comment(code: str, link: PersonLink) -> AnyResponse:
    """Keep it beside the record and give the team a task."""
    form = Form(request.form)
    words = str(form.value("words")).replace("\r\n", "\n").replace("\x00", "").strip()
    try:
        said = Said(str(form.value("about")), str(form.value("kind")), words)
        person_comments.say(database(), link, said)
    except Invalid as fault:
        return _comment_page(code, form.refused(fault))
    except Conflict as fault:
        return _comment_page(code, Form(form.typed, {"words": fault.sentence}))
    flash("Thank you. Your words are kept, and your link worker's team answers them here.")
    return redirect(f"/my/{code}/progress", 303)


@pages.post("/my/<code>/stories/end")
@public
@by_own_link(PROGRESS)
@the_person_alone
def end_stories(code: str, link: PersonLink) -> AnyResponse:
    """Take every story back that is told of the person."""
    my_page.take_stories_back(database(), link)
    flash("Your stories are taken back. They are shown nowhere any more, and their words are gone.")
    return redirect(f"/my/{code}/progress", 303)


@pages.get("/referrals/<uuid:referral_id>/sheet.pdf")
@requires(Role.LINK_WORKER)
def printed_sheet(referral_id: UUID) -> Response:
    """Hand a link worker the same page to print and post."""
    return _sheet(my_page.sheet(database(), actor(), referral_id))


@pages.get("/referrals/<uuid:referral_id>/answers.svg")
@requires(Role.LINK_WORKER)
def picture_for_team(referral_id: UUID) -> Response:
    """Hand a link worker the same picture, beside the table of answers."""
    answer = _svg(my_page.picture_for_team(database(), actor(), referral_id))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def pdf_file(content: bytes) -> Response:
    """Return a PDF under a name that tells nothing, kept by nobody on the way."""
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="page.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _sheet(page: MyPage) -> Response:
    return pdf_file(my_page.on_paper(page, written_at=database().clock(), help_phone=linked.help_phone()))


def _svg(content: bytes | None) -> Response:
    response = Response(content or b"", status=200 if content else 404, mimetype=SVG)
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def _comment_page(code: str, form: Form) -> Response:
    return _shown("my/comment.html", code, form=form, about=ABOUT, kinds=KINDS, longest=LONGEST)


def _shown(template: str, code: str, *, form: Form | None = None, **values: Any) -> Response:
    return render(template, form=form or Form(), code=code, help_phone=linked.help_phone(), **values)
