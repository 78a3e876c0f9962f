"""The cuts (shapes) of accessories: hats, shoes, bags, scarves and socks."""

from embedded.demo.outline import Cut, Fill, Mirror, Piece

PAIR, NONE = Mirror.PAIR, Mirror.NONE
LINING, TRIM, PLAIN, METAL, SOLE = Fill.LINING, Fill.TRIM, Fill.PLAIN, Fill.METAL, Fill.SOLE

BRIM = Piece("M 0 72 Q 30 70 47 84 Q 30 100 0 100", PLAIN)
CROWN = Piece("M 0 38 Q 20 38 23 54 L 26 82 Q 14 88 0 88")
BAND = Piece("M 0 76 Q 16 76 25.2 72 L 26.2 82 Q 14 88 0 88", TRIM)
BEANIE = Piece("M 0 32 Q 26 34 28 78 L 0 80",
               seams=("M 4 33 L 5 78", "M 10 36 L 12 78", "M 17 42 L 20 78"))  # fmt: skip
FOLD = Piece(
    "M 0 74 Q 16 74 29 71 L 30 92 Q 14 97 0 97",
    TRIM,
    seams=("M 5 75 L 5 96", "M 11 75 L 11.5 96", "M 17 74 L 18 95", "M 23 73 L 24.5 94"),
)
POMPOM = Piece("M 0 20 Q 8.5 20 8.5 28 Q 8.5 36 0 36", TRIM)
CAP_PEAK = Piece("M 6 80 Q 30 74 46 90 Q 30 92 6 90", TRIM, NONE)
CAP_CROWN = Piece("M -32 86 Q -32 44 -2 42 Q 26 44 27 82 Q 8 92 -10 91 Q -24 90 -32 86",
                  mirror=NONE,
                  seams=("M -2 42 Q -10 62 -10 91", "M -2 42 Q 16 58 17 87"))  # fmt: skip
CAP_BUTTON = Piece("M -5 42 Q -2 38.5 1 42 Q -2 44.5 -5 42", TRIM, NONE)

SNEAKER_SOLE = Piece("M -41 86 Q -44 98 -36 99 L 38 99 Q 46 97 43 86", SOLE, NONE)
SNEAKER = Piece("M -40 88 Q -42 66 -36 54 Q -28 60 -16 50 L -10 52 Q 0 70 20 74 Q 42 76 43 90 "
                "Q 0 92 -40 88", mirror=NONE,
                seams=("M -22 56 Q -20 76 -26 90", "M 14 73 Q 20 80 20 91"))  # fmt: skip
TOE = Piece("M 24 74.6 Q 42 77 43 90 L 27 91 Q 30 82 24 74.6", TRIM, NONE)
HEEL = Piece("M -40 88 Q -42 66 -36 54 Q -33 56.5 -30 56.5 Q -31 72 -29 89.6", TRIM, NONE)
LACES = Piece(
    " ".join(
        f"M {x} {y} L {x + 9} {y - 6} L {x + 10} {y - 4.2} L {x + 1} {y + 1.8}"
        for x, y in ((-16, 64), (-11, 69), (-5, 74), (2, 78))
    ),
    SOLE, NONE,
)  # fmt: skip
BOOT_SOLE = Piece("M -30 104 L -30 114 L -12 114 L -10 109 L 36 111 Q 42 110 40 103", SOLE, NONE)
BOOT = Piece("M -31 30 L 2 28 Q 3 60 6 74 Q 12 84 28 88 Q 41 92 40 105 L -30 106 Q -26 70 -31 30",
             mirror=NONE, seams=("M -14 30 Q -12 60 -14 105", "M 6 74 Q -4 84 -14 82"))  # fmt: skip
BOOT_RIM = Piece("M -31.6 27 L 2.4 25 L 2.6 32 L -31 34", TRIM, NONE)
PUMP_HEEL = Piece("M -41 72 L -25 76 Q -29 92 -30 108 L -36 108 Q -37 90 -41 72", SOLE, NONE)
PUMP = Piece("M -40 52 Q -44 70 -38 78 Q -14 80 8 103 Q 30 109 45 107 Q 47 97 36 91 Q 24 85 14 76 "
             "Q 8 84 -2 78 Q -22 68 -40 52", mirror=NONE)  # fmt: skip
PUMP_INSIDE = Piece(
    "M -40 52 Q -22 58 -6 68 Q 8 74 14 76 Q 8 86 -2 80 Q -24 70 -40 52", LINING, NONE
)
PUMP_SOLE = Piece("M -38 78 Q -14 80 8 103 Q 30 109 45 107 L 44 110 Q 28 113 6 107 Q -14 84 -38 81",
                  SOLE, NONE)  # fmt: skip

TOTE_HANDLES = Piece("M 14 58 L 14 46 Q 14 18 0 18 L 0 21.5 Q 10.5 22 10.5 46 L 10.5 58", TRIM)
TOTE = Piece("M 0 52 L 33 51 L 36 114 Q 18 117 0 117", seams=("M 0 56 L 33.2 55",))
TOTE_INSIDE = Piece("M 0 49 L 31 50 L 33 53 L 0 54", LINING)
STRAP = Piece("M 33 62 Q 44 22 0 20 L 0 23 Q 40 25 30 62", TRIM)
SATCHEL = Piece("M 0 56 L 35 56 Q 38 80 36 108 Q 18 111 0 111")
FLAP = Piece("M 0 54 L 36 54 Q 38 76 33 84 Q 18 90 0 90", seams=("M 0 88 Q 18 88 32 82.4",))
CLASP = Piece("M 0 84 L 4 84 L 4 95 L 0 96", METAL)
BACKPACK_LOOP = Piece("M 6 24 Q 7 13 0 13 L 0 16 Q 4 16 3.6 24", TRIM)
BACKPACK = Piece("M 0 20 Q 26 20 28 44 L 32 112 Q 16 117 0 117", seams=("M 0 62 Q 18 62 29 58",))
FRONT_POCKET = Piece("M 0 72 L 22 71 Q 24 90 23 107 Q 12 109 0 109", PLAIN,
                     seams=("M 0 77 L 22.4 76",))  # fmt: skip
SIDE_STRAP = Piece("M 29 78 Q 37 80 37 92 L 36 110 L 31 110", TRIM, PAIR)

SCARF_TAIL = Piece("M -18 44 L 4 48 Q 0 84 -4 118 L -26 116 Q -20 80 -18 44", mirror=NONE, angle=4)
SCARF_END = Piece("M 2 46 L 24 42 Q 26 70 30 102 L 8 106 Q 6 76 2 46", mirror=NONE, angle=-4)
SCARF_LOOP = Piece("M 0 20 Q 24 20 28 36 Q 26 56 0 58 Q -26 56 -28 36 Q -24 20 0 20", mirror=NONE,
                   angle=80, seams=("M -27 38 Q 0 52 27 36",))  # fmt: skip
SCARF_HOLE = Piece("M 0 24 Q 14 24 17 31 Q 10 38 0 38", LINING)
FRINGES = Piece(
    " ".join(
        f"M {x} {y} L {x + 1.4} {y} L {x + 1.2} {y + 7} L {x + 0.2} {y + 7}"
        for x, y in [(-25.5 + 2.7 * n, 116 + 0.2 * n) for n in range(8)]
        + [(8.5 + 2.7 * n, 105.6 - 0.5 * n) for n in range(8)]
    ),
    TRIM, NONE,
)  # fmt: skip
SOCK = Piece("M 6 26 L 24 26 L 24 76 Q 26 84 40 96 Q 46 104 39 110 Q 32 114 24 107 Q 6 96 6 80",
             mirror=PAIR, seams=("M 8 86 Q 16 76 24 78",))  # fmt: skip
SOCK_RIB = Piece("M 5.6 22 L 24.4 22 L 24 34 L 6 34", TRIM, PAIR)
SOCK_TOE = Piece(
    "M 36.4 92.8 L 40 96 Q 46 104 39 110 Q 34 113 29 110 Q 37 104 36.4 92.8", TRIM, PAIR
)

ACCESSORIES = (
    Cut("hat", "brimmed", (BRIM, CROWN, BAND)),
    Cut("hat", "beanie", (POMPOM, BEANIE, FOLD)),
    Cut("hat", "cap", (CAP_CROWN, CAP_PEAK, CAP_BUTTON)),
    Cut("shoes", "sneaker", (SNEAKER_SOLE, SNEAKER, TOE, HEEL, LACES)),
    Cut("shoes", "boot", (BOOT_SOLE, BOOT, BOOT_RIM)),
    Cut("shoes", "pump", (PUMP_INSIDE, PUMP_HEEL, PUMP_SOLE, PUMP)),
    Cut("bag", "tote", (TOTE_INSIDE, TOTE, TOTE_HANDLES)),
    Cut("bag", "satchel", (STRAP, SATCHEL, FLAP, CLASP)),
    Cut("bag", "backpack", (BACKPACK_LOOP, SIDE_STRAP, BACKPACK, FRONT_POCKET)),
    Cut("scarf", "fringed", (SCARF_END, SCARF_TAIL, SCARF_LOOP, SCARF_HOLE, FRINGES)),
    Cut("socks", "pair", (SOCK, SOCK_RIB, SOCK_TOE)),
)
