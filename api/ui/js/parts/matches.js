// The card of a match, with its score.

import { h } from "../dom.js";
import { formatScore } from "../format.js";
import { itemCard } from "./grid.js";

export const matchCard = (collection, match) => itemCard(collection, match,
  h("span", { class: "number score", title: "Similarity, from 0 to 1" }, formatScore(match.score)));
