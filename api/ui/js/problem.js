// The problems of failed requests.

import { words } from "./words.js";

/** An error response; the message is the server's explanation, `errors` names the fields that it is about. */
export class Problem extends Error {
  constructor(status, body) {
    const { title = "", detail, errors = [] } = body;
    super(detail || title || words.problems.status(status));
    Object.assign(this, { status, title, errors, body });
  }

  /** Parse the problem in a JSON response; `detail` explains any other response. */
  static parse(status, text, detail) {
    try {
      return new Problem(status, JSON.parse(text));
    } catch {
      return new Problem(status, { detail });
    }
  }
}

const UNAVAILABLE_STATUSES = [0, 502, 503, 504]; // 0: no response at all

/** Whether a problem means that the server is currently unavailable. */
export const isUnavailable = ({ status }) => UNAVAILABLE_STATUSES.includes(status);
