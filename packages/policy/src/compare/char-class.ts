/** The sets of characters that patterns and formats speak of, and characters to stand for those that no pattern names. */

export type CharClass = "any" | "no-colon" | "service" | "action-name" | "digit" | "iam-name" | "path" | "segment";

const tests: Readonly<Record<CharClass, (character: string) => boolean>> = {
  any: () => true,
  "no-colon": (character) => character !== ":",
  service: (character) => /^[a-z0-9-]$/.test(character),
  "action-name": (character) => /^[a-z0-9_-]$/.test(character),
  digit: (character) => /^[0-9]$/.test(character),
  "iam-name": (character) => /^[A-Za-z0-9_+=,.@-]$/.test(character),
  path: (character) => /^[\u0021-\u007e]$/.test(character) && character !== ":",
  segment: (character) => /^[A-Za-z0-9._-]$/.test(character),
};

const known = new Map<CharClass, Map<string, boolean>>();

export function isInClass(charClass: CharClass, character: string): boolean {
  if (charClass === "any") return true;
  if (charClass === "no-colon") return character !== ":";
  let answers = known.get(charClass);
  if (answers === undefined) known.set(charClass, (answers = new Map()));
  let answer = answers.get(character);
  if (answer === undefined) {
    answer = tests[charClass](character);
    if (answers.size < 4096) answers.set(character, answer);
  }
  return answer;
}

/** In the order in which a reader likes them. */
const letters = "xyzwvutsrqponmlkjihgfedcba0123456789XYZWVUTSRQPONMLKJIHGFEDCBA-_./=+,@ ~!#$%&'()*;<>?[]^`{|}\"\\:";
const firstBeyondAscii = 0x4e00;

const groupsByClasses = new Map<string, readonly (readonly string[])[]>();

/** Characters of ASCII, and one beyond it, in groups that the classes do not tell apart. */
function groupsOf(classes: readonly CharClass[]): readonly (readonly string[])[] {
  const key = classes.join();
  let groups = groupsByClasses.get(key);
  if (groups === undefined) {
    const found = new Map<string, string[]>();
    for (const character of [...letters, String.fromCodePoint(firstBeyondAscii)]) {
      const signature = classes.map((one) => (isInClass(one, character) ? "1" : "0")).join("");
      found.set(signature, [...(found.get(signature) ?? []), character]);
    }
    groupsByClasses.set(key, (groups = [...found.values()]));
  }
  return groups;
}

/**
 * For each group of characters that the classes do not tell apart: one that is not among `named`. Together with those named they stand for
 * every character there is.
 */
export function freshCharacters(classes: readonly CharClass[], named: ReadonlySet<string>): readonly string[] {
  return groupsOf(classes).flatMap((group) => {
    const fresh = group.find((character) => !named.has(character));
    if (fresh !== undefined) return [fresh];
    return (group.at(-1)?.codePointAt(0) ?? 0) < firstBeyondAscii ? [] : [freshBeyondAscii(named)];
  });
}

/** There are more of these than a policy has characters that it names. */
function freshBeyondAscii(named: ReadonlySet<string>): string {
  let code = firstBeyondAscii;
  while (named.has(String.fromCodePoint(code))) code += 1;
  return String.fromCodePoint(code);
}
