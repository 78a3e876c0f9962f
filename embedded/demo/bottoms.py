"""Cuts worn below the waist, and dresses."""

from embedded.demo.outline import Cut, Fill, Mirror, Piece, View

PAIR, FRONT, BACK = Mirror.PAIR, View.FRONT, View.BACK
LINING, TRIM, PLAIN, METAL = Fill.LINING, Fill.TRIM, Fill.PLAIN, Fill.METAL

INSIDE = Piece("M 0 18 Q 6 18 11 15 L 11 30 L 0 31", LINING, view=FRONT)
CAP_SLEEVE = Piece("M 16 16 Q 26 17 32 32 L 23 37 L 18 32", mirror=PAIR, angle=25)
STRAPS = Piece("M 9 12 L 11.5 12 L 14 30 L 11 30", PLAIN, PAIR)
BODICE = "M 0 28 Q 8 27 11 15 L 19 18 Q 17 30 20 38"
NAPE = "M 0 20 Q 7 20 11 15 L 19 18 Q 17 30 20 38"
STRAIGHT = "Q 16 56 21 74 Q 22 96 20 116 Q 10 118 0 118"
FLARED = "Q 14 54 15 60 Q 26 84 37 110 Q 18 119 0 119"
MAXI = "Q 14 52 15 58 Q 20 90 30 126 Q 14 130 0 130"
WAIST = Piece("M 0 57.5 L 15 57 L 15.2 62 Q 8 63 0 63", TRIM)
SLIP = "M 0 34 Q 6 34 11 29 L 15 30 Q 17 36 19 42"
PLEATS = ("M 3 62 Q 7 90 8 117", "M 8 62 Q 17 90 22 115")

WAISTBAND = Piece("M 0 14 L 18 13 L 18.6 20 L 0 21", PLAIN, seams=("M 0 20 L 18.6 19",))
BUCKLE = Piece("M 0 15 L 2.2 15 L 2.2 19.4 L 0 19.4", METAL, view=FRONT)
FLY = ("M 0 21 L 0 44", "M 3 21 Q 4 36 0 40")
SIDE_POCKET = ("M 10 20 Q 12 30 19.6 31",)
BACK_POCKET = Piece("M 5 30 L 15 29 L 15.4 40 L 10.4 43 L 5.4 41", mirror=PAIR, view=BACK)
SLIM = Piece("M 0 18 L 18.4 17 Q 21 38 20 60 L 15.5 125 L 5 126 Q 4.5 80 0 46",
             seams=(*FLY, *SIDE_POCKET, "M 5 123 L 15.6 122"))  # fmt: skip
WIDE = Piece("M 0 18 L 18.4 17 Q 22 40 24 64 L 31 125 L 7 127 Q 6 84 0 47",
             seams=(*FLY, *SIDE_POCKET, "M 15.5 24 L 19 126"))  # fmt: skip
SHORTS = Piece("M 0 30 L 22 29 Q 26 48 30 84 L 5 88 Q 4 72 0 62",
               seams=("M 0 31 L 0 60", "M 3 34 Q 4 50 0 54", "M 12 36 Q 15 46 24 47",
                      "M 5 84.5 L 29.6 80.5"))  # fmt: skip
SHORTS_BAND = Piece("M 0 28 L 22 27 L 22.8 35 L 0 36", PLAIN)
SHORTS_CORD = Piece("M 1 35 L 2.2 35 L 3.4 51 L 2.2 51", TRIM, PAIR, FRONT)

SKIRT_BAND = Piece("M 0 24 L 17 23 L 17.6 29 L 0 30", TRIM)
PENCIL = Piece("M 0 26 L 17 25 Q 25 44 24 66 L 21 112 Q 10 114 0 114",
               seams=("M 7 29 L 8 46", "M 0 96 L 0 114"))  # fmt: skip
A_LINE = Piece("M 0 26 L 17 25 Q 27 60 38 94 Q 20 103 0 103", seams=("M 0 100 Q 20 100 37 91.5",))
PLEATED = Piece(
    "M 0 26 L 17 25 Q 25 56 35 88 Q 18 96 0 96",
    seams=("M 2 30 L 4 95", "M 6 30 L 12 94.6", "M 10 30 L 20 93", "M 14 30 L 28 91"),
)
TIERED = Piece("M 0 26 L 17 25 Q 22 50 24 60 L 28 61 Q 32 84 33 90 L 37 91 "
               "Q 40 112 40 118 Q 20 124 0 124",
               seams=("M 0 63 Q 14 63 27 60", "M 0 94 Q 18 94 36 90"))  # fmt: skip

BOTTOMS = (
    Cut("dress", "straight",
        (INSIDE, CAP_SLEEVE, Piece(f"{BODICE} {STRAIGHT}", view=FRONT),
         Piece(f"{NAPE} {STRAIGHT}", view=BACK, seams=("M 0 21 L 0 66",)))),
    Cut("dress", "flared",
        (INSIDE, Piece(f"{BODICE} {FLARED}", view=FRONT, seams=PLEATS),
         Piece(f"{NAPE} {FLARED}", view=BACK, seams=(*PLEATS, "M 0 21 L 0 60")), WAIST)),
    Cut("dress", "maxi",
        (STRAPS, Piece(f"{SLIP} {MAXI}", seams=("M 2 62 Q 5 96 6 128", "M 6 62 Q 13 96 18 126")),
         WAIST)),
    Cut("trousers", "slim", (SLIM, BACK_POCKET, WAISTBAND, BUCKLE)),
    Cut("trousers", "wide", (WIDE, BACK_POCKET, WAISTBAND)),
    Cut("shorts", "casual", (SHORTS, SHORTS_BAND, SHORTS_CORD)),
    Cut("skirt", "pencil", (PENCIL, SKIRT_BAND)),
    Cut("skirt", "a-line", (A_LINE, SKIRT_BAND)),
    Cut("skirt", "pleated", (PLEATED, SKIRT_BAND)),
    Cut("skirt", "tiered", (TIERED, SKIRT_BAND)),
)  # fmt: skip
