import { expect, test } from "vitest";
import { fromPlain, type JsonObject } from "../formats/json.ts";
import { type RowFormat, writeRows } from "./rows.ts";

async function written(rows: readonly object[], headers: readonly string[], format: RowFormat): Promise<string> {
  let text = "";
  const source = async function* (): AsyncGenerator<JsonObject> {
    for (const row of rows) yield fromPlain(row) as JsonObject;
  };
  const print = async (part: string): Promise<void> => {
    text += part;
  };
  await writeRows(source(), headers, format, { print, shown: (name) => name });
  return text;
}

const rows = [
  { Name: "a", Tags: [{ Key: "é" }], Size: 3 },
  { Name: 'b,"x"\ny', Other: 1 },
];

test("an array of rows is indented by two", async () => {
  expect(await written([{ Name: "a" }, { Name: "b" }], [], "json")).toBe(
    '[\n  {\n    "Name": "a"\n  },\n  {\n    "Name": "b"\n  }\n]\n',
  );
  expect(await written([], [], "json")).toBe("[]\n");
});

test("newline-delimited JSON has a line for each row", async () => {
  expect(await written(rows, [], "nl")).toBe(
    '{"Name": "a", "Tags": [{"Key": "\\u00e9"}], "Size": 3}\n{"Name": "b,\\"x\\"\\ny", "Other": 1}\n',
  );
});

test("CSV quotes as little as possible, ends lines with CRLF and leaves out what has no column", async () => {
  expect(await written(rows, ["Name", "Tags", "Size"], "csv")).toBe(
    'Name,Tags,Size\r\na,"[\n  {\n    ""Key"": ""\\u00e9""\n  }\n]",3\r\n"b,""x""\ny",,\r\n',
  );
});

test("TSV separates by tabs; text stays UTF-8", async () => {
  expect(await written([{ Name: "é,\t" }], ["Name", "Absent"], "tsv")).toBe('Name\tAbsent\r\n"é,\t"\t\r\n');
});
