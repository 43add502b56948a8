# ruff: noqa: RUF001 - look-alike letters of other alphabets are intended
"""Invented names and texts, including the kinds that break programs in practice."""

from dcs_mirror.sandbox.dice import Dice

# Texts of kinds that break parsers, CSV exports, shells and databases.
TROUBLE = (
    "O'Brien's \"quoted\" reader",
    "Law & Order & <b>markup</b> &amp; entities",
    "Η ιστορία της αρχαίας Ελλάδας",
    "Война и мир: том первый",
    "مقدمة في الاقتصاد",
    "מבוא לפילוסופיה",
    "\u200fעברית\u200e and English",
    "紅樓夢 第三回",
    "ノルウェイの森",
    "हिन्दी साहित्य का इतिहास",
    "Cafe\u0301 de\u0301compose\u0301",
    "Zalgo t\u0336e\u0335x\u0334t",
    "Physics \U0001f52c for \U0001f469\u200d\U0001f393 students \U0001f1ec\U0001f1e7",
    "  spaces at both ends  ",
    "back\\slash \\n is not a newline",
    "100% of %s and %(name)s",
    "NULL",
    "\\N",
    "null",
    "semi;colon, comma | pipe",
    "'; DROP TABLE courses; --",
    "{curly} $1 ${HOME} `tick`",
    "non\u00a0breaking\u2003space and zero\u200bwidth",
    "Łódź, Ørsted, Ğ, İstanbul, ßtraße",
    "-",
    "0",
)
NOTES = (
    "Two copies on order.\nAsk the liaison librarian.",
    "Column A\tColumn B\r\nsecond line",
    "Please scan in colour, pp. 12-13 are plates",
    "Published early at the lecturer's request",
)
OPENINGS = ("Introduction to", "A History of", "Principles of", "The Limits of", "Rethinking")
TOPICS = (
    "Marine Ecology",
    "Medieval Trade",
    "Nursing Practice",
    "Public Law",
    "Signal Processing",
    "Social Housing",
    "Stage Lighting",
    "Statistical Inference",
    "Translation",
    "Urban Planning",
    "Veterinary Ethics",
    "Welsh Poetry",
)
ENDINGS = ("", "", ": a Reader", " in Practice", ", 1850-1950", ": Cases and Materials")
JOURNALS = (
    "Annals of Imagined Studies",
    "Journal of Applied Examples",
    "Sandbox Quarterly",
    "Revista de Ejemplos",
    "Проблемы примеров",
)
PEOPLE = (
    "Aldous, Wren",
    "Brightwater, Ione",
    "D'Arcy-O'Neil, Fionnuala",
    "Eze, Chiọma",
    "García Márquez, Inés",
    "Κωνσταντίνου, Ελένη",
    "Лебедева, Анна",
    "Nguyễn, Thị Minh",
    "Öztürk, Şule",
    "Przybyła, Żaneta",
    "山田, 花子",
    "عبد الله, ليلى",
)
PUBLISHERS = ("Larkfield Press", "Quill & Anchor", "Éditions du Pré", "Open Harbour", None)
TOWNS = ("London", "Cardiff", "Zürich", "Αθήνα", "New York, NY", None)

_PLACES = (
    "Thornmere",
    "Ashwold",
    "Brackenhithe",
    "Coldharrow",
    "Dunmarsh",
    "Eastlow",
    "Fennick",
    "Glenorrin",
    "Hartsmoor",
    "Inverlaith",
    "Kestrelby",
    "Llanfechyd",
    "Marlingford Cross",
    "Netherstrand",
    "Oakhanger Vale",
    "Penmarrow",
    "Quarrendale",
    "Ravensholt",
    "St Osric's",
    "Tŵr Aberlas",
    "Uldermouth",
    "Wychcombe",
    "Yarrowick",
    "Ballynacorr",
)
_STYLES = (
    "University of {}",
    "{} Metropolitan University",
    "{} College of Arts & Design",
    "Royal Conservatoire of {}",
    "{} School of Tropical Nursing",
    "Prifysgol {}",
    "The {} Institute of Technology",
)
# W7: characters that a code may contain; the number makes each code unique.
_PLAIN_CODES = ("HIST{}", "ENG{}", "LAW{}", "BIO-{}", "MATH{}", "NUR{}")
_AWKWARD_CODES = (
    "PHIL {} B",
    "LAW/{}/A",
    "R&D{}",
    "C++{}",
    "C#{}",
    "{}% Design",
    "WHY{}?",
    "50%2F{}",
    "ΙΣΤ{}",
    "МУЗ-{}",
    "历史{}",
    "عرب{}",
    "MÜS{}",
    "Cafe\u0301{}",
    "A=B;{},'\"",
    "x.y_{}~!*()",
)


def institution_name(index: int) -> str:
    """An invented name, unique for each index."""
    turn, place = divmod(index, len(_PLACES))
    again, style = divmod(turn, len(_STYLES))
    name = _STYLES[(style + place) % len(_STYLES)].format(_PLACES[place])
    return f"{name} ({again + 1})" if again else name


def course_code(dice: Dice, number: int) -> str:
    """A course code, unique for each number; every third contains awkward characters (W7)."""
    if number % 3:
        return dice.pick(_PLAIN_CODES).format(number)
    return _AWKWARD_CODES[number // 3 % len(_AWKWARD_CODES)].format(number)


def title(dice: Dice, number: int) -> str:
    """A title; every fifth is troublesome, so that even small worlds contain all such kinds."""
    plain = f"{dice.pick(OPENINGS)} {dice.pick(TOPICS)}{dice.pick(ENDINGS)}"
    if number % 97 == 0:
        return f"{plain}, or " * 20 + plain
    if number % 5 == 0:
        return TROUBLE[number // 5 % len(TROUBLE)]
    return plain


def notes(dice: Dice, number: int) -> str | None:
    """A note: mostly none, sometimes empty or troublesome, rarely with U+0000 (W7)."""
    if number % 499 == 7:
        return "cut\u0000here"
    if number % 11 == 0:
        return TROUBLE[number // 11 % len(TROUBLE)]
    return dice.pick((None, None, None, "", *NOTES))


def pages(dice: Dice) -> str:
    first = dice.between(1, 400)
    return f"{first}-{first + dice.between(2, 60)}"


def isbn13(dice: Dice) -> str:
    """A well-formed ISBN-13."""
    digits = f"978{dice.below(10**9):09d}"
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    return f"{digits}{-(odd + 3 * even) % 10}"


def issn(dice: Dice) -> str:
    """A well-formed ISSN."""
    digits = f"{dice.below(10**7):07d}"
    check = -sum(int(d) * weight for d, weight in zip(digits, range(8, 1, -1), strict=True)) % 11
    return f"{digits[:4]}-{digits[4:]}{'X' if check == 10 else check}"
