"""How an evaluation counts, in plain words: printed with every pack."""

from __future__ import annotations

from typing import Final

METHODS: Final[tuple[tuple[str, str], ...]] = (
    (
        "Who is counted",
        "People who were referred to us in the period: the day counts on which we were asked. Each person counts once, "
        "by the newest referral in which help began, or else by the newest. “Who came” counts those for whom help "
        "began. What was sent by mistake is left out. So is everybody who does not want to be counted.",
    ),
    (
        "How things were at the end",
        "What we noted when help ended. All answers are shown, also that somebody did not engage, could not be "
        "reached, was not asked, or that it is not known.",
    ),
    (
        "How change is counted",
        "We set a person’s first answer beside their last one. People without both answers are not in the mean; how "
        "many are missing is told. They may have fared in another way than those who answered. The interval is where "
        "the mean of many such groups would lie 95 times in 100. Some scales have a published size of change that "
        "matters; smaller changes count as the same there.",
    ),
    (
        "How people found the help",
        "People are asked once, at the end or later, how the help was. There is no answer from before to set beside "
        "it, so we count people by their newest answer. How many gave none stands on a line of its own.",
    ),
    (
        "What it does not say",
        "It tells what was recorded and when. Nobody was set beside similar people without this help, so it cannot "
        "tell how much this help did. Other help, family, health and time were there too. We speak of what we "
        "contributed to.",
    ),
    (
        "Small numbers",
        "A number from 1 to 9 is withheld, and so are others that would give it away. Where each person stands in one "
        "line, those withheld are counted together in one more line. So shares are of everybody. All other numbers are "
        "rounded to 5, each by itself, so lines can add up to a little more or less than their last line. "
        "Periods are whole months. Somebody who lays packs of many periods beside one another can still learn roughly "
        "how many people came in a month.",
    ),
    (
        "Averages in steps",
        "An average needs 10 people, and no two may make up nearly all of it. It is told in steps: of 1 point where "
        "few people answered, of 0.1 where many did. The ends of its interval are rounded outwards, so the interval is "
        "never too narrow. Rounded steps need not add up: the change may differ by a step from the two averages. This "
        "keeps one person’s answer from being worked out when one more person is counted.",
    ),
)

_NOT_COUNTED: Final = (
    "Each person counts once, by the newest referral in which help began, or else by the newest. “Who came” counts "
    "those for whom help began. What was sent by mistake is left out. So is everybody who does not want to be counted."
)
_AT_THE_END: Final = (
    "How things were at the end",
    "What was noted when a referral ended, whoever helped. All answers are shown, also that somebody did not engage, "
    "could not be reached, was not asked, or that it is not known.",
)
METHODS_OF_PRACTICES: Final = (
    (
        "Who is counted",
        f"People whom we referred in the period: the day counts on which our referral came in. {_NOT_COUNTED}",
    ),
    _AT_THE_END,
    *METHODS[2:],
)
METHODS_OF_TEAMS: Final = (
    (
        "Who is counted",
        "People who were referred to us as a team of link workers in the period: the day counts on which the referral "
        f"came in. {_NOT_COUNTED}",
    ),
    _AT_THE_END,
    *METHODS[2:],
)
