import { readFileSync, statSync } from "node:fs";
import type { LocalKey } from "../domain/keyring/kms-keys.ts";
import { StoreError } from "../ports/store-error.ts";
import { fileFault } from "./file-fault.ts";
import { isOpenToOthers } from "./private-file.ts";

/** `--kms-key NAME=FILE`. */
export interface KmsKeyFile {
  readonly name: string;
  readonly file: string;
}

const length = 32;

/** Throws when a file is not 32 bytes that its user alone can read, because whoever has it can read the objects. */
export function readKmsKeys(files: readonly KmsKeyFile[]): readonly LocalKey[] {
  return files.map(({ name, file }) => {
    const fail = (why: string, todo: string): never => {
      throw new StoreError("conflict", `cannot use --kms-key ${name}=${file}: ${why}; ${todo}`);
    };
    try {
      const found = statSync(file);
      if (!found.isFile()) return fail("it is not a file", "give a file with 32 random bytes");
      if (isOpenToOthers(found)) return fail("others than its owner may read or write it", `run: chmod 600 ${file}`);
      const { size } = found;
      if (size === length) return { name, secret: readFileSync(file) };
      return fail(`it has ${size} bytes, and a key has ${length}`, `make one with: head -c 32 /dev/urandom > ${file}`);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      return fail(fileFault(error), "give a file with 32 random bytes");
    }
  });
}
