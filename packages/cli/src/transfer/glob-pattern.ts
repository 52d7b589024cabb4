/** One step of a pattern: any run of characters, or one character that passes. */
type Step = "run" | ((character: string) => boolean);

/**
 * Whether a whole name matches a shell-style pattern as Python's `fnmatch.fnmatchcase` has it: `*` any run of characters,
 * `/` too; `?` any one; `[abc]`, `[a-z]`, `[!a-z]` one of a set; `[` without its `]` is a plain character. There is no escape
 * but the set: `[*]`. Characters are code points. https://docs.python.org/3/library/fnmatch.html
 */
export function globPattern(pattern: string): (name: string) => boolean {
  const steps = stepsOf([...pattern]);
  return (name) => matches(steps, [...name]);
}

/** What every name that matches one of the patterns starts with; empty without patterns. */
export function literalPrefix(patterns: readonly string[]): string {
  const literals = patterns.map((pattern) => [...(/^[^*?[]*/.exec(pattern)?.[0] ?? "")]);
  const first = literals[0] ?? [];
  let length = 0;
  while (length < first.length && literals.every((literal) => literal[length] === first[length])) length += 1;
  return first.slice(0, length).join("");
}

/** Only the last run is ever given another length, so a pattern of many runs takes no more than length times length. */
function matches(steps: readonly Step[], characters: readonly string[]): boolean {
  let step = 0;
  let at = 0;
  let runStep = -1;
  let runEnd = 0;
  while (at < characters.length) {
    const current = steps[step];
    if (current === "run") {
      runStep = step;
      runEnd = at;
      step += 1;
    } else if (current?.(characters[at] ?? "") === true) {
      step += 1;
      at += 1;
    } else if (runStep >= 0) {
      runEnd += 1;
      at = runEnd;
      step = runStep + 1;
    } else {
      return false;
    }
  }
  while (steps[step] === "run") step += 1;
  return step === steps.length;
}

function stepsOf(pattern: readonly string[]): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? "";
    const end = character === "[" ? setEnd(pattern, at) : -1;
    if (character === "*") {
      if (steps.at(-1) !== "run") steps.push("run");
    } else if (character === "?") {
      steps.push(() => true);
    } else if (end > 0) {
      steps.push(setOf(pattern.slice(at + 1, end)));
      at = end;
    } else {
      steps.push((other) => other === character);
    }
  }
  return steps;
}

/** Where the set that opens here closes; a `]` in the first place belongs to the set. */
function setEnd(pattern: readonly string[], open: number): number {
  let first = open + 1;
  if (pattern[first] === "!") first += 1;
  return pattern.indexOf("]", first + 1);
}

function setOf(inside: readonly string[]): (character: string) => boolean {
  const negated = inside[0] === "!";
  const members = negated ? inside.slice(1) : inside;
  const ranges: (readonly [number, number])[] = [];
  for (let at = 0; at < members.length; at += 1) {
    const low = codePoint(members[at]);
    const isRange = members[at + 1] === "-" && at + 2 < members.length;
    ranges.push([low, isRange ? codePoint(members[at + 2]) : low]);
    if (isRange) at += 2;
  }
  return (character) => {
    const point = codePoint(character);
    return ranges.some(([low, high]) => low <= point && point <= high) !== negated;
  };
}

function codePoint(character: string | undefined): number {
  return character?.codePointAt(0) ?? 0;
}
