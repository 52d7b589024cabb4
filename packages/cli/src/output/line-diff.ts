/** Lines longer than this in number are not compared, because the time grows with the product of both. */
const maxLines = 2000;

/** The lines of both texts in order: ` ` in both, `-` only in the first, `+` only in the second. */
export function lineDiff(before: readonly string[], after: readonly string[]): readonly string[] {
  if (before.length > maxLines || after.length > maxLines)
    return [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)];
  const common = commonLengths(before, after);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push(` ${before[i]}`);
      i += 1;
      j += 1;
    } else if (j === after.length || (i < before.length && at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push(`-${before[i]}`);
      i += 1;
    } else {
      lines.push(`+${after[j]}`);
      j += 1;
    }
  }
  return lines;
}

/** For each place in both, how many lines the rests have in common (longest common subsequence). */
function commonLengths(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const row = table[i] ?? [];
    for (let j = after.length - 1; j >= 0; j -= 1)
      row[j] =
        before[i] === after[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
  }
  return table;
}

function at(table: readonly (readonly number[])[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}
