/**
 * Values of headers are bytes. Node gives each byte as one character (ISO 8859-1), so nothing here may take such a character
 * for what it would be in Unicode: the second byte of `à` in UTF-8 looks like a non-breaking space.
 */

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Without spaces and tabs at both ends. https://www.rfc-editor.org/rfc/rfc9110#name-field-values */
export function trimBlanks(value: string): string {
  let [start, end] = [0, value.length];
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Whether a value has bytes beyond ASCII. */
export function hasHighBytes(value: string): boolean {
  return /[\u0080-\u00ff]/.test(value);
}

/** The text that a value means, for policies and logs: UTF-8 where the bytes are that, otherwise ISO 8859-1. */
export function headerText(value: string): string {
  if (!hasHighBytes(value)) return value;
  try {
    return strictUtf8.decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}

/** The value to send for a text, in UTF-8; undefined when it has control characters, which no value may have. */
export function headerValue(text: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  return /[\0-\u0008\u000a-\u001f\u007f]/.test(text) ? undefined : Buffer.from(text, "utf8").toString("latin1");
}
