// Which field of a rule's form an error of the server is about.

const MEMBERS = ["id", "action", "placement", "position", "factor", "skus", "filter", "from", "until", "note"];
const NAMED_MEMBER = new RegExp(`\`(${MEMBERS.join("|")})\``);

/** The texts of an error by the ids of their fields; empty if it is about something else than this rule. */
export function ruleProblems(error, index, { id, selection }) {
  const problems = error.errors.length
    ? error.errors.map(({ where, what }) => located(where, what, index)) : [fromDetail(error, id)];
  if (problems.some((problem) => !problem)) return new Map();
  return new Map(problems.map(([member, text]) => [fieldId(member, selection), text]));
}

/** The member and text of an error like `body.rules.2.position`; null if it is about another rule. */
function located(where, what, index) {
  const [, list, number, member] = where.split(".");
  if (list !== "rules" || Number(number) !== index) return null;
  const text = what.replace(/^Value error, /, "");
  const named = member ?? NAMED_MEMBER.exec(text)?.[1];
  return MEMBERS.includes(named) ? [named, text] : null;
}

/** Errors that one rule alone cannot show, such as `rule 'sale': filter: ...`. */
function fromDetail({ message }, id) {
  const start = `rule '${id}': filter: `;
  if (message.startsWith(start)) return ["filter", message.slice(start.length)];
  if (/^rules: several rules have the same id/.test(message)) return ["id", message.replace(/^rules: /, "")];
  return null;
}

const fieldId = (member, selection) => `rule-${["filter", "skus"].includes(member) ? selection : member}`;
