/**
 * Foreign text made harmless to the eye. Elements show text as text; what is left are the characters that turn the
 * order of others around, hide, or break lines. They are shown by their number.
 */

const ACTIVE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/**
 * The text in pieces: plain ones, and escapes of characters that would act.
 * @param {string} text
 * @returns {{text: string, isEscape: boolean}[]}
 */
export function piecesOf(text) {
  const pieces = [];
  let end = 0;
  for (const found of text.matchAll(ACTIVE)) {
    if (found.index > end) pieces.push({ text: text.slice(end, found.index), isEscape: false });
    pieces.push({ text: escapeOf(found[0]), isEscape: true });
    end = found.index + found[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), isEscape: false });
  return pieces;
}

/** The same as one text, for titles and labels. */
export function inert(/** @type {string} */ text) {
  return text.replace(ACTIVE, escapeOf);
}

function escapeOf(/** @type {string} */ char) {
  return `\\u{${/** @type {number} */ (char.codePointAt(0)).toString(16)}}`;
}
