"""The words for a task: what somebody must look at, and why, in one or two sentences."""

from __future__ import annotations

from app.domain.task_groups import TaskGroup

# What is put right on the page of who somebody is and how to reach them, beside the task.
PUT_RIGHT_TASKS = frozenset(
    {
        "find-nhs-number",
        "confirm-identity",
        "correct-nhs-number",
        "same-number-other-person",
        "number-written-elsewhere",
        "identity-changed",
        "requester-holds-other",
        "requester-update",
        "message-not-delivered",
    }
)

# What stands on a list before its day: the others are since theirs.
DUE_TASKS = frozenset({"make-first-contact"})

TASK_GROUP_WORDS: dict[TaskGroup, str] = {
    TaskGroup.RISK: "Risk and safety",
    TaskGroup.PERSON: "A person needs to hear from you",
    TaskGroup.EVERYDAY: "Everyday steps",
    TaskGroup.RECORDS: "Records and addresses",
}

TASK_WORDS: dict[str, str] = {
    "find-nhs-number": "No NHS number came with this referral. Find out who this is before you share.",
    "same-person-open": "This person may have another open referral. Look, and decide whether you work them as one.",
    "led-referral-gone": "The referral that this one was worked together with was taken back. Decide what is next.",
    "tell-person": "The person asked for themselves: tell them how it ended, in the way that is safe for them.",
    "tell-person-withdrawn": "The person asked for themselves, and it was withdrawn. Tell them, if it is safe.",
    "confirm-identity": "The NHS number was not checked by the sender. Ask who the person is before you share.",
    "correct-nhs-number": "The NHS number is wrong. Ask whoever referred them for the right one.",
    "same-number-other-person": "This NHS number is another person's here. Ask whoever referred them who is meant.",
    "number-written-elsewhere": "Another team wrote this person's NHS number on a record of theirs. Make sure, with "
    "whoever referred them, that it is this person's, and put it right if it is not. The steward sees who wrote it.",
    "feedback-failed": "The outcome did not reach whoever asked. Send it again or ring them.",
    "progress-failed": "Whoever asked was not reached with news on the way. Send it again, or leave it to the outcome.",
    "refused-after-filing": "The system of whoever asked took the outcome and refused it later. Ring them.",
    "tell-practice-withdrawn": "Whoever asked is not told that this referral was withdrawn. Ring them.",
    "tell-practice-another-way": "Whoever asked has no mailbox with us. Print the letter and send it, or ring them.",
    "late-change": "Whoever asked changed the referral after it had ended. Ring them.",
    "requester-update": "Whoever asked sent news about this referral. Read it and decide what changes.",
    "caution-added": "A new warning came while a service is asked or helps. Read it before anybody calls.",
    "identity-changed": "Whoever asked sent another NHS number or date of birth. Ask who is meant: it was not changed.",
    "person-died": "Whoever asked tells us that the person has died. Stop what is planned and tell the service.",
    "partner-answer": "A service's system sent an answer that does not fit. Read what it holds and ring the service.",
    "subscription-off": "A system that is told of every step could not be reached for days and is told no more: "
    "its Subscription is off. Tell the organisation; 'python -m app subscriptions' says which it is.",
    "message-not-delivered": "A message to the person did not arrive. Reach them another way, if it is safe.",
    "help-not-arrived": "The person says that help has not arrived. Ring the service, or the person.",
    "wants-no-help": "The person says that they no longer want it. Talk with them, then end the referral.",
    "national-check-failed": "The national check for opt-outs gave no good answer. Until it does, nobody whom it was "
    "asked about is in an extract. It is asked again by itself within a day.",
    "mail-failed": "An e-mail to an organisation could not be delivered. See What did not arrive.",
    "link-helper-new": "A group has named a helper for safe links. Make sure of both addresses: see Safe links.",
    "link-helper-locked": "A helper typed wrong digits five times, and their links are locked. Ring them: Safe links.",
    "entry-changed": "A service says that its entry is not right any more. Look at the entries to check.",
    "blockage-written": "Somebody has reported a system blockage. Look at the blockages.",
    "question-back": "A service asks something before it says yes or no. Its time to answer waits for your reply.",
    "tell-person-waiting": "The person is on a waiting list. Tell them for how long: the words are on the referral.",
    "waiting-contact-due": "Nobody was in touch for weeks with a person on a waiting list. Ring them, or the service.",
    "late-outcome": "A group tells what came of help that had been ended. Read it; pass it on or leave it.",
    "place-came-free": "A place came free: a service said yes from its waiting list.",
    "left-waiting-list": "A person was taken off a waiting list without a place. See why, and what else could help.",
    "things-worse": "Things may be harder for this person than they were. Talk with them: what would help now?",
    "risk-alert": "Today: an answer tells that things may be very hard for this person. Ring them, or have somebody "
    "see them. If you cannot reach them and you are worried, ring 999.",
    "cover-over": "The cover for this referral was agreed until now. Take it back, or agree another day.",
    "overdue": "This referral is overdue and its owner has not looked at it. Take it over, or hand it over.",
    "make-first-contact": "A service said yes and has no way to reach the person: make the first contact for it. Write "
    "the contact down, then ring the service and tell them when they can begin.",
    "no-first-contact": "A service said yes and has not reached the person. Ring the service.",
    "no-news": "A service that helps has not been heard of for weeks, also when asked. Ring the service.",
    "stays-away": "Somebody has not come three times in a row. Ask the service, or ring the person.",
    "stays-away-here": "Has not come three times in a row. A call may help; the link worker knows too.",
    "onward-proposed": "A service proposes to pass the person on to another. Decide, with the person.",
    "person-comment": "The person says something about their record through their own link. Read it and answer.",
    "person-changed-mind": "The person changed what they agree to, on their own page. It counts already: read it, and "
    "ring them if something is not clear.",
    "sharing-stopped": "The person said no to groups being told of them. Whoever could have read something was asked "
    "by e-mail to stop and destroy it. Make sure of it: ring those without e-mail, on paper, or who help now.",
    "correction-to-tell": "You corrected something. Not everybody who was told could be reached by e-mail: "
    "ring whoever referred them, and the groups that know of them.",
    "requester-holds-other": "Something about this person was put right. Whoever referred them holds something "
    "else: tell them.",
    "subject-access": "Somebody asked for all that is kept of them. Answer within one month: see People's own data.",
    "subject-access-ready": "The answer to the person's request for all of their data is ready. Tell them, if it is "
    "safe: it stands on their own page, under everything that is kept.",
    "retention-review": "Records wait for two stewards: keep them longer, or erase them. See Keeping and erasing.",
    "erasure-done": "Two stewards agreed, and this record is erased as the person asked. Nothing is left to do here.",
    "erasure-refused": "Two stewards decided to keep the record although the person asked to be erased. Tell them "
    "the reason: it stands where you wrote down that they asked.",
    "person-stopped": "The person said on their own page that they do not want this help. Everybody asked is told. "
    "Ring them, if that is safe, and ask whether something else would help.",
    "person-asks-again": "The person stopped the help and asks for it again. Ring them. Then open the referral again, "
    "or refer them anew.",
    "own-sign-in-refused": "Somebody signed in to open this person's own page, and it was not the account that is "
    "known for them. Ring the person. If they have a new NHS login, allow it: see Their own page.",
    "emergency-look": "Somebody opened this person's record in an emergency. Ring the person, if that is safe, and ask "
    "the steward what happened.",
    "emergency-to-review": "A record was opened in an emergency. Decide whether that was right: see Looks at records.",
    "parked-message": "A message could not be given to anybody. It waits below.",
}
