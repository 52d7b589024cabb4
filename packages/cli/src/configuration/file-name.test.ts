import { expect, test } from "vitest";
import { fileNames } from "./file-name.ts";

const namesOf = (...names: string[]) => Object.fromEntries(fileNames("service-control-policies", names));
const folder = "organization/service-control-policies";

test("names that every file system takes are written as they are, others with %", () => {
  expect(namesOf("no-deletes", "a b/../c", "ü", "..", ".hidden", "nul", "Com1.x", "a%20")).toEqual({
    "no-deletes": `${folder}/no-deletes.json`,
    "a b/../c": `${folder}/a%20b%2F..%2Fc.json`,
    ü: `${folder}/%C3%BC.json`,
    "..": `${folder}/%2E..json`,
    ".hidden": `${folder}/%2Ehidden.json`,
    nul: `${folder}/%6Eul.json`,
    "Com1.x": `${folder}/%43om1.x.json`,
    "a%20": `${folder}/a%2520.json`,
  });
});

test("names that differ in capitals alone have files that differ in more", () => {
  const files = Object.values(namesOf("Team", "team", "TEAM", "other"));
  expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(4);
  expect(files).toContain(`${folder}/team.json`);
  expect(namesOf("Team")).toEqual({ Team: `${folder}/Team.json` });
});

test("a name that is too long for a file keeps its beginning, and stays another than its neighbours", () => {
  const [one = "", other = ""] = Object.values(namesOf(`${"é".repeat(127)}a`, `${"é".repeat(127)}b`));
  expect(one).not.toBe(other);
  expect(one.length - folder.length).toBeLessThan(230);
});

test("what there is one of alone has its one file", () => {
  expect(Object.fromEntries(fileNames("account", [""]))).toEqual({ "": "account.json" });
});
