// Failed requests, as the server explains them.

/** An error response of the server, with the server's explanation as message. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `the server returned status ${status}`);
    Object.assign(this, { status, code: body.code ?? "", title: body.title ?? "", body });
  }

  /** The problem that a response explains in JSON; `detail` is the explanation if it is something else. */
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
