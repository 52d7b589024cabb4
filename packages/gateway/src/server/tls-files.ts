import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { TlsPair } from "../http/server.ts";
import type { Clock } from "../ports/clock.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { errorCode, StoreError } from "../ports/store-error.ts";
import { fileFault } from "./file-fault.ts";
import type { Opened } from "./opened.ts";
import { startJobs } from "./start-jobs.ts";

/** The certificate chain and its key, in PEM; `option` names the files in messages. */
export interface TlsFileNames {
  readonly option: "--tls" | "--console-tls";
  readonly cert: string;
  readonly key: string;
}

/** A certificate and its key, in files that are replaced while the gateway runs. */
export class TlsFiles {
  readonly #names: TlsFileNames;
  #pair: TlsPair;
  /** What was looked at last; looked at again only when the files have changed. */
  #seen: string | undefined;
  #doubtful: string | undefined;
  /** The pair that was warned of because its certificate has ended or is not valid yet. */
  #ended: TlsPair | undefined;

  /** Throws when the files cannot be read, or are not a certificate and its key. */
  constructor(names: TlsFileNames) {
    this.#names = names;
    const { option, cert, key } = names;
    this.#pair = { cert: readPem(`${option}-cert`, cert), key: readPem(`${option}-key`, key) };
    const why = unfit(this.#pair);
    if (why === undefined) return;
    throw new StoreError(
      "conflict",
      `cannot use the files of ${option}-cert and ${option}-key: they are not a certificate in PEM and its key (${why})`,
    );
  }

  get pair(): TlsPair {
    return this.#pair;
  }

  /** Warns once of a certificate that clients refuse because of its dates. */
  checkDates(now: number, warn: (line: string) => void): void {
    if (this.#ended === this.#pair) return;
    const { validFrom, validTo } = new X509Certificate(this.#pair.cert);
    const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
    if (from <= now && now <= to) return;
    this.#ended = this.#pair;
    const { option, cert } = this.#names;
    const why =
      now < from
        ? `is not valid before ${inUtc(from)}: see that the clock is right`
        : `ended at ${inUtc(to)}: renew it`;
    warn(`clients refuse the certificate of ${option}-cert in ${cert}, which ${why}`);
  }

  /**
   * Gives a new pair to `use`. Files that do not belong together are looked at a second time, because they are written one after the other;
   * then they are reported once, and what was in use stays.
   */
  async look(use: (pair: TlsPair) => void, warn: (line: string) => void): Promise<void> {
    const seen = await stampOf(this.#names);
    if (seen === this.#seen) return;
    const pair = await readPair(this.#names);
    const why = typeof pair === "string" ? pair : unfit(pair);
    if (typeof pair !== "string" && why === undefined) {
      this.#seen = seen;
      if (pair.cert.equals(this.#pair.cert) && pair.key.equals(this.#pair.key)) return;
      use(pair);
      this.#pair = pair;
      return;
    }
    if (this.#doubtful !== seen) {
      this.#doubtful = seen;
      return;
    }
    this.#seen = seen;
    const { option, cert, key } = this.#names;
    warn(
      `the new files of ${option}-cert and ${option}-key cannot be used (${why}): connections get the certificate of before; put a certificate in PEM and its key into ${cert} and ${key}`,
    );
  }
}

type ByAddress<T> = { readonly s3: T; readonly console: T };

const lookEveryMs = 1000;

/** The certificates of S3 and of the console, where they have some. */
export class Certificates {
  readonly #files: ByAddress<TlsFiles | undefined>;

  /** Throws as `TlsFiles` does. */
  constructor({
    tls,
    console,
  }: {
    readonly tls: TlsFileNames | undefined;
    readonly console: { readonly tls: TlsFileNames | undefined } | undefined;
  }) {
    this.#files = { s3: tls && new TlsFiles(tls), console: console?.tls && new TlsFiles(console.tls) };
  }

  /** As they are now. */
  get pairs(): ByAddress<TlsPair | undefined> {
    return { s3: this.#files.s3?.pair, console: this.#files.console?.pair };
  }

  /** Gives new pairs to `use` until it is closed. */
  watch(
    use: ByAddress<(pair: TlsPair) => void>,
    { clock, log, opened }: { readonly clock: Clock; readonly log: RequestLog; readonly opened: Opened },
  ): void {
    const { s3, console } = this.#files;
    const warn = (line: string): void => log.warning(line);
    const look = async (): Promise<void> => {
      await s3?.look(use.s3, warn);
      await console?.look(use.console, warn);
      for (const files of [s3, console]) files?.checkDates(clock.now(), warn);
    };
    const jobs = startJobs([{ name: "certificates", every: lookEveryMs, run: look }], (name, error) =>
      log.jobFailed(name, error),
    );
    opened.add(() => jobs.stop());
  }
}

/** Changes whenever one of the files does. */
async function stampOf({ cert, key }: TlsFileNames): Promise<string> {
  const stamps = [cert, key].map(async (file) => {
    try {
      const { ino, size, mtimeMs, ctimeMs } = await stat(file);
      return [ino, size, mtimeMs, ctimeMs].join(" ");
    } catch (error) {
      return errorCode(error) ?? "unreadable";
    }
  });
  return (await Promise.all(stamps)).join("; ");
}

async function readPair({ cert, key }: TlsFileNames): Promise<TlsPair | string> {
  try {
    return { cert: await readFile(cert), key: await readFile(key) };
  } catch (error) {
    return fileFault(error);
  }
}

function inUtc(time: number): string {
  return new Date(time).toISOString();
}

/** Why no server can use the pair. */
function unfit(pair: TlsPair): string | undefined {
  try {
    createSecureContext(pair);
    return undefined;
  } catch (error) {
    return errorCode(error) ?? "not PEM";
  }
}

function readPem(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new StoreError("conflict", `cannot read ${file} (${option}): ${fileFault(error)}`, {
      cause: error,
    });
  }
}
