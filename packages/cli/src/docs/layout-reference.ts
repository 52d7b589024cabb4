import { type KindRow, kinds, type MemberRow, manifestName, rowOf } from "../configuration/layout.ts";

/** The page of the files that `export` writes and `apply` reads, from the table that both are made from. */
export function layoutReference(): string {
  const sections = kinds.map((kind) => {
    const row = rowOf(kind);
    const members = Object.entries(row.members).map(([name, member]) => `| \`${name}\` | ${textOf(member)} |\n`);
    return `## ${fileOf(row)}\n\n| member | |\n| --- | --- |\n${members.join("")}`;
  });
  const intro = [
    "# Files of an account",
    "What `export` writes and `apply` reads. Names are those of the AWS API; a member that is absent has its default, or is empty. Keys are sorted, and so are lists without an order; lists in policies keep theirs. Characters beyond ASCII are escaped.",
    "A file is named after its entity: letters, digits and `_+=,.@-` as they are, every other byte as `%` and two digits. Names that are a device's on Windows, or begin with a dot, have their first character written so; of names that differ in capitals alone, the capitals are.",
    `\`${manifestName}\` has the number and the partition of the account, and the files that an export wrote.`,
  ];
  return [...intro, ...sections].join("\n\n");
}

function fileOf({ path, key }: KindRow): string {
  return key === undefined ? path : `${path}/${key}.json`;
}

const forms: Readonly<Record<MemberRow["type"], string>> = {
  text: "text",
  number: "number",
  flag: "true or false",
  texts: "list of texts",
  tags: "list",
  document: "policy document",
  inline: "list",
  targets: "list",
  object: "object",
  setting: "object of the AWS API",
  settings: "list of objects of the AWS API, each with its `Id`",
};

function textOf({ type, summary, required, default: absent, fixed }: MemberRow): string {
  const notes = [
    forms[type],
    ...(required === true ? ["required"] : []),
    ...(absent === undefined || absent === "" ? [] : [`default \`${absent}\``]),
    ...(fixed === true ? ["cannot be changed later"] : []),
  ];
  return `${summary} (${notes.join("; ")})`;
}
