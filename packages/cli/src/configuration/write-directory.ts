import { existsSync, lstatSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { UsageError } from "../command-line/failures.ts";
import { errorCode, fileFailure } from "../files/file-error.ts";
import { replaceFile } from "../files/replace-file.ts";
import { jsonObject, JsonNumber } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { byCodeUnit, type Configuration, entityText, ofKind } from "./configuration.ts";
import { fileNames } from "./file-name.ts";
import { kinds, manifestName, manifestVersion } from "./layout.ts";
import { listed, type Manifest, readManifest } from "./read-directory.ts";

export interface Written {
  readonly written: number;
  readonly removed: number;
  readonly unchanged: number;
}

/** Before anything is asked of the service. Undefined: it is empty, or not there. @throws {UsageError} */
export function checkTarget(directory: string): Manifest | undefined {
  const manifest = readManifest(directory);
  if (manifest === undefined && listed(directory).length > 0)
    throw new UsageError(
      `${directory} is not an export and not empty, so nothing is written into it; give an empty folder or a new one`,
    );
  return manifest;
}

/**
 * Makes the directory what the account is. Files of what is gone are removed when an export wrote them; each file is replaced as a whole,
 * and one that would stay the same is not touched.
 */
export function writeDirectory(directory: string, configuration: Configuration): Written {
  const before = checkTarget(directory);
  if (before !== undefined && before.account !== configuration.account)
    throw new UsageError(
      `${directory} is an export of account ${before.account}, and these credentials are of account ${configuration.account}; give another folder`,
    );
  const texts = filesOf(configuration);
  const files = [...texts.keys()].toSorted(byCodeUnit);
  const gone = (before?.files ?? []).filter((file) => !texts.has(file));
  for (const file of [...files, ...gone, manifestName]) refuseLinks(directory, file);
  makeFolder(directory);
  // It says first what may be here: after an interruption the next export knows every file as its own.
  writeFile(directory, manifestName, manifestText(configuration, [...files, ...gone]));
  let written = 0;
  for (const [file, text] of texts) {
    makeFolder(dirname(join(directory, file)));
    written += writeFile(directory, file, text);
  }
  const removed = gone.filter((file) => removeFile(directory, file)).length;
  writeFile(directory, manifestName, manifestText(configuration, files));
  return { written, removed, unchanged: texts.size - written };
}

function manifestText({ account, partition }: Configuration, files: readonly string[]): string {
  const members = jsonObject({
    AccountId: account,
    Files: files.toSorted(byCodeUnit),
    Partition: partition,
    Version: new JsonNumber(String(manifestVersion)),
  });
  return `${dumps(members, 2)}\n`;
}

function filesOf(configuration: Configuration): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const kind of kinds) {
    const entities = ofKind(configuration, kind);
    const names = fileNames(
      kind,
      entities.map(({ name }) => name),
    );
    for (const entity of entities) texts.set(names.get(entity.name) ?? "", entityText(entity));
  }
  return texts;
}

/** 1 when it was written, 0 when it is so already. */
function writeFile(directory: string, file: string, text: string): number {
  const target = join(directory, file);
  try {
    if (readFileSync(target, "utf8") === text) return 0;
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw new UsageError(`cannot replace ${target}: ${fileFailure(error)}`);
  }
  replaceFile(target, text);
  return 1;
}

/** Whether it was there. */
function removeFile(directory: string, file: string): boolean {
  const target = join(directory, file);
  if (!existsSync(target)) return false;
  rmSync(target);
  try {
    rmdirSync(dirname(target));
  } catch {
    // Others are in it.
  }
  return true;
}

/** A link would lead the file out of the directory. */
function refuseLinks(directory: string, file: string): void {
  const parts = file.split("/");
  for (let length = 1; length <= parts.length; length += 1) {
    const path = join(directory, ...parts.slice(0, length));
    try {
      if (lstatSync(path).isSymbolicLink())
        throw new UsageError(`${path} is a link, so nothing is written: put the folder or file itself there`);
    } catch (error) {
      if (errorCode(error) !== "ENOENT" && errorCode(error) !== "ENOTDIR") throw error;
    }
  }
}
