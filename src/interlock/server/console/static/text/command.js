/** Commands to paste into a shell, for this very server. */

/** `interlock call create_task --url ... --json '{...}'` @param {string} verb @param {object} fields */
export function callCommand(verb, fields) {
  return `interlock call ${verb} --url ${location.origin} --json ${quoted(JSON.stringify(fields))}`;
}

/** A text that a POSIX shell takes as it is. */
export function quoted(/** @type {string} */ text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
