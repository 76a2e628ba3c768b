"""What the categories of other directories mean by their names: data, and only where a name leaves no doubt.

Names as they stand in lists of the LGA's and esd's service types, Open Eligibility, the SNOMED social prescribing
groups and councils' own directories. A name that may mean several things, such as "Advice", "Health" or "Families",
stands here under none: a person says what it means.
"""

from __future__ import annotations

from app.domain.vocabulary import Need

CATEGORY_NAMES: dict[Need, tuple[str, ...]] = {
    Need.SOCIAL_CONNECTION: (
        "loneliness", "social isolation", "isolation and loneliness", "loneliness and isolation", "befriending",
        "befriending scheme", "telephone befriending", "social club", "social group", "social activity",
        "friendship group", "coffee morning", "lunch club", "community lunch", "social connection", "meeting people",
        "making friends", "older people's club", "lunch club for older people", "day centre for older people",
        "companionship", "visiting scheme",
    ),
    Need.MENTAL_WELLBEING: (
        "mental health", "mental health and wellbeing", "mental wellbeing", "emotional wellbeing", "counselling",
        "talking therapy", "mental health support", "mental health care", "mindfulness", "anxiety", "depression",
        "stress", "emotional support", "peer support for mental health", "mental health peer support",
        "suicide prevention", "mental health charity",
    ),
    Need.MONEY_ADVICE: (
        "debt", "debt advice", "money advice", "debt and money advice", "welfare benefit", "benefit advice",
        "welfare benefit advice", "welfare right", "welfare rights advice", "benefits and money advice",
        "financial advice", "budgeting", "financial education", "help with benefits", "money management",
        "understand government benefits", "fuel poverty", "financial help", "income maximisation",
        "benefits and tax credits",
    ),
    Need.HOUSING: (
        "housing", "housing advice", "homelessness", "homelessness advice", "homeless people", "housing support",
        "help find housing", "temporary shelter", "supported housing", "sheltered housing", "tenancy support",
        "housing and homelessness", "housing and accommodation", "night shelter",
    ),
    Need.EMPLOYMENT: (
        "employment", "employment support", "job", "job seeking", "help find work", "work and training",
        "careers advice", "jobs and training", "employment and training", "back to work", "job club",
        "employment advice", "supported employment", "training and employment", "skills and training",
        "vocational training",
    ),
    Need.PHYSICAL_ACTIVITY: (
        "physical activity", "exercise", "exercise class", "sport", "sports club", "fitness", "keep fit",
        "walking group", "walking", "health walk", "swimming", "yoga", "pilates", "tai chi", "dance class",
        "running club", "cycling", "sports and fitness", "sport and leisure", "sport and physical activity",
        "exercise and fitness",
        "getting active", "physical fitness", "falls prevention", "chair based exercise", "bowls", "exercise referral",
    ),
    Need.FOOD: (
        "food", "food bank", "foodbank", "emergency food", "food parcel", "community fridge", "community kitchen",
        "food pantry", "social supermarket", "meal", "meals on wheels", "help pay for food", "food delivery",
        "food poverty", "community meal", "soup kitchen", "cooking class",
    ),
    Need.CARING: (
        "carer", "carer support", "support for carers", "young carer", "carers group", "caring", "respite",
        "respite care", "carers support group", "unpaid carer", "family carer", "carers' centre",
    ),
    Need.BEREAVEMENT: (
        "bereavement", "bereavement counselling", "bereavement support", "grief", "bereavement and loss",
        "grief counselling",
    ),
    Need.DIGITAL: (
        "digital inclusion", "digital skills", "computer class", "computer training", "computer skills",
        "internet access", "getting online", "it training", "digital support", "computer and internet access",
        "it class", "basic computer skills",
    ),
    Need.VOLUNTEERING: (
        "volunteering", "volunteering opportunity", "volunteer", "volunteer centre", "time bank", "timebank",
        "time banking", "befriending volunteer",
    ),
    Need.ARTS_AND_NATURE: (
        "art", "arts and crafts", "art class", "arts and culture", "arts and creativity", "craft", "creative arts",
        "craft group", "music", "choir", "singing", "drama", "theatre group", "creative writing", "painting",
        "pottery", "knitting", "gardening", "gardening group", "allotment", "community garden", "nature",
        "green space", "green activity", "conservation", "arts and nature", "nature and gardening", "photography",
        "music group", "museum",
    ),
    Need.LONG_TERM_CONDITION: (
        "long term condition", "long-term health condition", "chronic disease", "diabetes", "dementia",
        "dementia support", "dementia cafe", "stroke", "stroke support", "cancer", "cancer support", "arthritis",
        "heart disease", "pain management", "chronic pain", "parkinson's", "multiple sclerosis", "alzheimer's",
        "asthma", "copd", "memory cafe", "long covid", "support for long term conditions",
    ),
}  # fmt: skip
# A name that leaves no doubt that it means two of them.
SEVERAL: dict[str, tuple[Need, ...]] = {
    "walking and talking group": (Need.PHYSICAL_ACTIVITY, Need.SOCIAL_CONNECTION),
    "welfare and housing advice": (Need.MONEY_ADVICE, Need.HOUSING),
    "benefits and housing advice": (Need.MONEY_ADVICE, Need.HOUSING),
    "housing and benefits": (Need.MONEY_ADVICE, Need.HOUSING),
    "debt and housing advice": (Need.MONEY_ADVICE, Need.HOUSING),
    "nature walk": (Need.PHYSICAL_ACTIVITY, Need.ARTS_AND_NATURE),
}
NONE_OF_OURS = ("other", "something else", "miscellaneous", "uncategorised", "general")
