"""Names of authorities that do not exist, and say so."""

PILOTS: tuple[str, ...] = (
    "Daydreamshire",
    "Fictionshire",
    "Inventley",
    "Mockford",
    "Novelstoke",
    "Phantomley",
    "Riddlecombe",
    "Storyfield",
    "Whimsford",
)

COMPARATORS: tuple[str, ...] = (
    "Chimerabury",
    "Conjureham",
    "Fableford",
    "Fancywick",
    "Figmentbury",
    "Imaginham",
    "Legendmouth",
    "Makebelieve-on-Sea",
    "Mirageport",
    "Mythchester",
    "Neverwick",
    "Notionham",
    "Nowhereshire",
    "Otherwhere Vale",
    "Parableton",
    "Pretendbury",
    "Rhymeford",
    "Sagaport",
    "Samplewick",
    "Seemingham",
    "Simulton",
    "Supposeley",
    "Talehampton",
    "Utopiaford",
    "Versebridge",
    "Wonderley",
    "Yarnbridge",
)

PLACES: tuple[str, ...] = tuple(sorted(PILOTS + COMPARATORS))
