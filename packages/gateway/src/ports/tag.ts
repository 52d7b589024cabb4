/** A tag of an object or a bucket. Keys are unique in a set, and differ by case. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

export function sameTags(one: readonly Tag[], other: readonly Tag[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ key, value }, at) => other[at]?.key === key && other[at].value === value)
  );
}
