// The problems of failed requests.

/** An error response; the message is the server's explanation. */
export class Problem extends Error {
  constructor(status, { title = "", detail }) {
    super(detail || title || `the server returned status ${status}`);
    Object.assign(this, { status, title });
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
