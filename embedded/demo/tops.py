"""Cuts worn above the waist."""

from embedded.demo.outline import Cut, Fill, Mirror, Piece, View, disc

PAIR, FRONT, BACK = Mirror.PAIR, View.FRONT, View.BACK
LINING, TRIM, PLAIN, METAL = Fill.LINING, Fill.TRIM, Fill.PLAIN, Fill.METAL

INSIDE = Piece("M 0 17 Q 6 17 11 15 L 11 28 L 0 29", LINING, view=FRONT)
SHORT_SLEEVE = Piece(
    "M 20 19 Q 31 22 43 46 L 33 53 L 22 40",
    mirror=PAIR,
    angle=28,
    seams=("M 41.6 43.6 L 31.6 50.6",),
)
LONG_SLEEVE = Piece("M 20 19 Q 31 21 35 45 L 43 96 L 33.5 98 L 22 44", mirror=PAIR, angle=8)
CUFF = Piece("M 42.6 93 L 43.6 100 L 33.4 102 L 32.6 95", TRIM, PAIR)
CREW = Piece("M 0 27 Q 8 26 10 16 L 22 20 Q 24 32 25.5 44 Q 24.5 76 27 111 Q 13 114 0 114",
             view=FRONT, seams=("M 0 111 Q 13 111 26.8 108",))  # fmt: skip
NAPE = Piece("M 0 19 Q 7 19 10 16 L 22 20 Q 24 32 25.5 44 Q 24.5 76 27 111 Q 13 114 0 114",
             view=BACK, seams=("M 0 111 Q 13 111 26.8 108",))  # fmt: skip
RIB = Piece("M 0 30 Q 10.5 28.5 12.8 17 L 10 16 Q 8 26 0 27", TRIM, view=FRONT)
HEM_RIB = Piece("M 0 107 L 26.6 105 L 26 115 Q 13 118 0 118", TRIM)
BUTTONS = Piece(" ".join(disc(0, y, 1) for y in range(36, 110, 12)), METAL, Mirror.NONE, FRONT)
TOP_BUTTONS = Piece(f"{disc(0, 36, 1)} {disc(0, 46, 1)}", METAL, Mirror.NONE, FRONT)
COLLAR = Piece("M 0 29 L 4 19 L 10 13.5 L 15 18 L 11 34 L 1 28", PLAIN, PAIR, FRONT)
STAND = Piece("M 0 15 Q 7 15 10 13 L 14 18 Q 8 22 0 22", PLAIN, view=BACK)
V_BODY = Piece("M 0 42 L 10 16 L 22 20 Q 24 32 25.5 44 Q 24.5 76 27 111 Q 13 114 0 114",
               view=FRONT, seams=("M 0 111 Q 13 111 26.8 108",))  # fmt: skip
V_RIB = Piece("M 0 46 L 12.4 17 L 10 16 L 0 42", TRIM, view=FRONT)
V_INSIDE = Piece("M 0 17 Q 6 17 11 15 L 11 30 L 0 44", LINING, view=FRONT)

HOOD_BACK = Piece("M 0 6 Q 14 6 17 22 L 8 34 L 0 36", LINING)
HOOD = Piece("M 0 36 L 5 34 Q 13 24 5 11 L 0 9 L 0 6 Q 15 5 18 23 Q 14 34 0 40", view=FRONT)
HOOD_NAPE = Piece("M 0 6 Q 16 6 18 22 Q 12 40 0 44", view=BACK, seams=("M 0 6 L 0 43",))
POCKET = Piece(
    "M 0 74 L 11 74 L 18 92 L 18 100 L 0 100",
    view=FRONT, seams=("M 11 74 L 18 92",),
)  # fmt: skip
CORDS = Piece("M 4 37 L 5.3 37 L 5.8 56 L 4.6 56", TRIM, PAIR, FRONT)

LAPEL = Piece("M 0 62 L 13 15 L 20 19 L 19 34 L 15 35 L 18 40", PLAIN, PAIR, FRONT)
SHIRT_FRONT = Piece("M 0 15 L 12 15 L 0 64", TRIM, view=FRONT)
BLAZER = Piece("M 0 62 L 13 15 L 24 20 Q 26 34 26 46 Q 23 72 27 112 Q 16 118 2 114 L 0 110",
               view=FRONT,
               seams=("M 0 62 L 0 110", "M 12 86 L 22 85", "M 12 89 L 22 88"))  # fmt: skip
BLAZER_BACK = Piece("M 0 14 L 13 15 L 24 20 Q 26 34 26 46 Q 23 72 27 112 Q 16 118 0 116",
                    view=BACK, seams=("M 0 20 L 0 116",))  # fmt: skip
BOMBER = Piece("M 0 21 Q 8 21 11 16 L 22 20 Q 25 32 26 44 Q 27 80 28 104 L 0 106",
               seams=("M 0 22 L 0 105", "M 14 74 L 21 88"))  # fmt: skip
BOMBER_RIB = Piece("M 0 103 L 28 101 L 25.5 113 Q 12 115 0 115", TRIM)
BOMBER_COLLAR = Piece("M 0 16 Q 6 15 10 12 L 13 17 Q 8 24 0 25", TRIM)
ZIP = Piece("M 0 20 L 0.7 20 L 0.7 112 L 0 112", METAL, view=FRONT)
COAT = Piece("M 0 52 L 13 14 L 24 19 Q 26 34 26 46 Q 26 80 32 124 Q 16 128 0 127",
             view=FRONT, seams=("M 0 52 L 0 126", "M 13 88 L 24 86"))  # fmt: skip
COAT_BACK = Piece("M 0 14 L 13 14 L 24 19 Q 26 34 26 46 Q 26 80 32 124 Q 16 128 0 127",
                  view=BACK, seams=("M 0 92 L 0 126",))  # fmt: skip
BELT = Piece("M 0 74 L 26.4 73 L 26.8 79 L 0 80", TRIM)
COAT_BUTTONS = Piece(" ".join(disc(6, y, 1.4) for y in (58, 68, 88, 100)), METAL, PAIR, FRONT)
BLAZER_BUTTONS = Piece(f"{disc(0, 72, 1.2)} {disc(0, 84, 1.2)}", METAL, Mirror.NONE, FRONT)

TOPS = (
    Cut("t-shirt", "crew", (INSIDE, SHORT_SLEEVE, CREW, NAPE, RIB)),
    Cut("t-shirt", "v-neck", (V_INSIDE, SHORT_SLEEVE, V_BODY, NAPE, V_RIB)),
    Cut("t-shirt", "polo", (INSIDE, SHORT_SLEEVE, CREW, NAPE, COLLAR, STAND, TOP_BUTTONS)),
    Cut("shirt", "classic", (INSIDE, LONG_SLEEVE, CUFF, CREW, NAPE, COLLAR, STAND, BUTTONS)),
    Cut("shirt", "short-sleeved", (INSIDE, SHORT_SLEEVE, CREW, NAPE, COLLAR, STAND, BUTTONS)),
    Cut("sweater", "crew", (INSIDE, LONG_SLEEVE, CUFF, CREW, NAPE, RIB, HEM_RIB)),
    Cut("sweater", "v-neck", (V_INSIDE, LONG_SLEEVE, CUFF, V_BODY, NAPE, V_RIB, HEM_RIB)),
    Cut("sweater", "hoodie",
        (HOOD_BACK, LONG_SLEEVE, CUFF, CREW, NAPE, HEM_RIB, POCKET, HOOD, HOOD_NAPE, CORDS)),
    Cut("jacket", "blazer",
        (SHIRT_FRONT, LONG_SLEEVE, BLAZER, BLAZER_BACK, LAPEL, BLAZER_BUTTONS)),
    Cut("jacket", "bomber", (LONG_SLEEVE, CUFF, BOMBER, BOMBER_RIB, BOMBER_COLLAR, ZIP)),
    Cut("coat", "belted",
        (V_INSIDE, LONG_SLEEVE, COAT, COAT_BACK, LAPEL, BELT, COAT_BUTTONS)),
)  # fmt: skip
