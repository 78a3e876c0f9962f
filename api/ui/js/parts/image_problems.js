// What can be wrong with an image.

import { words } from "../words.js";

/** The name of a problem; unknown ones keep theirs. */
export const problemName = (problem) => words.health.problems[problem]?.[0] ?? problem;
