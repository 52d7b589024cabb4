import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../command-line/failures.ts";
import { errorCode, fileFailure } from "../files/file-error.ts";
import { isList, isObject, type Json, JsonNumber, type JsonObject, parseJson, textField } from "../formats/json.ts";
import { oneLine } from "../output/errors.ts";
import { type Configuration, entitiesOf, type Entity, makeEntity } from "./configuration.ts";
import { fileNames } from "./file-name.ts";
import { type Kind, kinds, manifestName, manifestVersion, rowOf } from "./layout.ts";
import { checkMembers } from "./check-members.ts";

/** What is wrong with a file, and where in it: a JSON pointer. */
export interface Problem {
  readonly file: string;
  readonly pointer: string;
  readonly message: string;
}

export function problemLine({ file, pointer, message }: Problem): string {
  return oneLine(`${file}${pointer === "" ? "" : ` at ${pointer}`}: ${message}`);
}

export interface Manifest {
  readonly account: string;
  readonly partition: string;
  /** Those that an export wrote. */
  readonly files: readonly string[];
  readonly version: number;
}

/** Undefined: the directory has none. @throws {UsageError} */
export function readManifest(directory: string): Manifest | undefined {
  let text: string;
  try {
    if (!isOwn(directory, manifestName, "file"))
      throw new UsageError(`cannot read ${join(directory, manifestName)}: ${notFollowed}`);
    text = readFileSync(join(directory, manifestName), "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${join(directory, manifestName)}: ${fileFailure(error)}`);
  }
  const value = jsonOf(text);
  const files = isObject(value) ? value.get("Files") : undefined;
  const account = isObject(value) ? textField(value, "AccountId") : "";
  const partition = isObject(value) ? textField(value, "Partition") : "";
  if (
    !isObject(value) ||
    !isList(files) ||
    !files.every(isFileOfLayout) ||
    !/^\d{12}$/.test(account) ||
    !/^aws[a-z-]*$/.test(partition)
  )
    throw new UsageError(
      `${join(directory, manifestName)} is not what an export writes: it has AccountId, Partition and Files`,
    );
  // The first version wrote no number.
  const version = value.get("Version") ?? new JsonNumber("1");
  if (!(version instanceof JsonNumber) || Number(version.text) > manifestVersion)
    throw new UsageError(`${join(directory, manifestName)} is of a later version: use a later s3-credentials`);
  return { account, partition, files, version: Number(version.text) };
}

/** A name that an export could have written: an export removes what is listed, and nothing outside the directory. */
function isFileOfLayout(file: Json): file is string {
  if (typeof file !== "string" || file.includes("..") || file.includes("\\")) return false;
  return kinds.some((kind) => {
    const { path, key } = rowOf(kind);
    return key === undefined ? file === path : file.startsWith(`${path}/`) && file.split("/").length === depth(path);
  });
}

const depth = (path: string): number => path.split("/").length + 1;

function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** The directory as a configuration, or everything that is wrong with it. @throws {UsageError} when it is not an export. */
export function readDirectory(directory: string): Configuration | { readonly problems: readonly Problem[] } {
  const manifest = readManifest(directory);
  if (manifest === undefined)
    throw new UsageError(`${directory} is not an export: it has no ${manifestName}; s3-credentials export writes one`);
  const problems: Problem[] = unknownFiles(directory);
  const entities: Entity[] = [];
  for (const kind of kinds) entities.push(...readKind(directory, kind, problems));
  if (problems.length > 0) return { problems };
  return {
    account: manifest.account,
    partition: manifest.partition,
    entities: entitiesOf(entities),
    ...(manifest.version < 2 ? { hasNoSettings: true } : {}),
  };
}

function readKind(directory: string, kind: Kind, problems: Problem[]): readonly Entity[] {
  const { path, key } = rowOf(kind);
  if (key !== undefined && !isOwn(directory, path, "folder")) {
    problems.push({ file: path, pointer: "", message: notFollowed });
    return [];
  }
  const files = key === undefined ? [path] : listed(join(directory, path)).map((name) => `${path}/${name}`);
  const found = files.flatMap((file) => {
    if (!file.endsWith(".json")) {
      problems.push({ file, pointer: "", message: "only files of JSON are here" });
      return [];
    }
    const members = readObject(directory, file, problems);
    if (members === undefined) return [];
    const wrong = checkMembers(kind, members);
    problems.push(...wrong.map((problem) => ({ file, ...problem })));
    return wrong.length > 0
      ? []
      : [{ file, entity: makeEntity(kind, key === undefined ? "" : textField(members, key), members) }];
  });
  const names = fileNames(kind, [...new Set(found.map(({ entity }) => entity.name))]);
  for (const { file, entity } of found) {
    const right = names.get(entity.name);
    // Two files of one entity would contradict each other; so would a file that an export writes again under another name.
    if (right !== file)
      problems.push({
        file,
        pointer: `/${key}`,
        message: `a file of this name belongs to another: ${right} is that of ${entity.name}`,
      });
  }
  return found.map(({ entity }) => entity);
}

/**
 * A link, or a folder that is one, could lead to any file of whoever runs this, and the words on what is wrong with a file repeat a part of
 * it; a device or a pipe might never end.
 */
function isOwn(directory: string, path: string, kind: "file" | "folder"): boolean {
  const parts = path.split("/");
  return parts.every((_, at) => {
    const found = lstatSync(join(directory, ...parts.slice(0, at + 1)), { throwIfNoEntry: false });
    const isFile = kind === "file" && at === parts.length - 1;
    return found === undefined || (isFile ? found.isFile() : found.isDirectory());
  });
}

const notFollowed = "it is no file or folder of its own here: links are not followed";

function readObject(directory: string, file: string, problems: Problem[]): JsonObject | undefined {
  let text: string;
  try {
    if (!isOwn(directory, file, "file")) {
      problems.push({ file, pointer: "", message: notFollowed });
      return undefined;
    }
    text = readFileSync(join(directory, file), "utf8");
  } catch (error) {
    if (errorCode(error) !== "ENOENT")
      problems.push({ file, pointer: "", message: `it cannot be read: ${fileFailure(error)}` });
    return undefined;
  }
  try {
    const value = parseJson(text);
    if (isObject(value)) return value;
    problems.push({ file, pointer: "", message: "it is not a JSON object" });
  } catch (error) {
    problems.push({ file, pointer: "", message: `it is not JSON: ${error instanceof Error ? error.message : ""}` });
  }
  return undefined;
}

/** What looks like configuration and is none would be left out in silence. */
function unknownFiles(directory: string): Problem[] {
  const paths: readonly string[] = [manifestName, ...kinds.map((kind) => rowOf(kind).path)];
  const folders = new Set(paths.flatMap((path) => (path.includes("/") ? [path.split("/")[0] ?? ""] : [])));
  const unknown = (name: string): boolean =>
    !paths.includes(name) &&
    !folders.has(name) &&
    (name.endsWith(".json") || lstatSync(join(directory, name)).isDirectory());
  const names = [
    ...listed(directory),
    ...(isOwn(directory, "organization", "folder") ? listed(join(directory, "organization")) : []).map(
      (name) => `organization/${name}`,
    ),
  ];
  const known = paths.map((path) => path.split("/").at(-1)).join(", ");
  return names
    .filter(unknown)
    .map((file) => ({ file, pointer: "", message: `it is not part of the layout: ${known}` }));
}

/** Names in a folder that are not hidden; none when it is not there. @throws {UsageError} */
export function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .toSorted();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    const why = errorCode(error) === "ENOTDIR" ? "it is not a folder" : fileFailure(error);
    throw new UsageError(`cannot read the folder ${folder}: ${why}`);
  }
}
