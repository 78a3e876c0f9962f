// Runs an action for many values.

const AT_ONCE = 4;

/** Run an action for all values, some at a time; return the names and problems of those that failed. */
export async function forEach(values, action, nameOf = String) {
  const queue = [...values];
  const failures = [];
  const work = async () => {
    for (let value = queue.shift(); value !== undefined; value = queue.shift()) {
      await action(value).catch((error) => failures.push([nameOf(value), error.message]));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}
