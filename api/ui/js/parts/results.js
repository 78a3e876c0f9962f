// A match, with its score as a number and as a bar.

import { h } from "../dom.js";
import { score } from "../format.js";
import { cardOf } from "./grid.js";

export const resultCard = (collection, match) => cardOf(collection, match, h("span", { class: "number score", title: "Similarity, from 0 to 1" }, score(match.score)));
