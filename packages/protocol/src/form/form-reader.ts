/**
 * Forms of browsers (multipart/form-data, RFC 7578), read as they come: the fields first, then the file, which is never in memory.
 * Strict: what two readers could take for different forms is refused.
 */
import type { S3ErrorCode } from "../errors/error-table.ts";
import { BodyFault } from "../sigv4/body-fault.ts";
import { decodeComponent } from "../uri/decode.ts";

/** "The maximum size of the fields before the file", their delimiters and headers included. Also of what comes after the file. */
export const maxFormFieldBytes = 20 * 1024;

export interface FormFile {
  /** As the client says it, a path too; empty when it says none. */
  readonly filename: string;
  /** The bytes. Ends normally only when the form ended where it should. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Bytes of the form that were read before the file. */
  readonly before: number;
}

export interface Form {
  /** In the order sent; no name twice, in any case of letters. */
  readonly fields: ReadonlyMap<string, string>;
  readonly file: FormFile;
}

function malformed(why: string): BodyFault {
  return new BodyFault(
    "MalformedPOSTRequest",
    `The body of your POST request is not well-formed multipart/form-data: ${why}.`,
  );
}

/** RFC 2046 section 5.1.1, but for the space. */
const boundaryPattern = /^[0-9A-Za-z'()+_,./:=?-]{1,70}$/;

/** The boundary that `Content-Type` names; undefined when it is not that of a form, or names it in a way that can be read twice. */
export function formBoundary(contentType: string): string | undefined {
  const [type = "", ...parameters] = contentType.split(";");
  if (type.trim().toLowerCase() !== "multipart/form-data") return undefined;
  const named = parameters.map((parameter) => /^\s*([\w-]+)=(?:"([^"\\]*)"|([^\s"]*))\s*$/.exec(parameter));
  const [found, ...more] = named.filter((match) => match?.[1]?.toLowerCase() === "boundary");
  if (named.includes(null) || more.length > 0) return undefined;
  const boundary = found?.[2] ?? found?.[3] ?? "";
  return boundaryPattern.test(boundary) ? boundary : undefined;
}

interface PartHead {
  readonly name: string;
  readonly filename: string | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed("a field is not UTF-8");
  }
}

/** One parameter of `Content-Disposition`. Browsers write `"` and line breaks in names as `%22`, `%0D` and `%0A`. */
const parameterPattern = /;\s*([\w!#$&+.^`|~*-]+)=(?:"([^"\0\r\n]*)"|([^\s;"]+))\s*/y;

function dispositionOf(value: string): PartHead {
  if (!/^form-data\s*(;|$)/i.test(value)) throw malformed("a part is no form-data");
  const parameters = new Map<string, string>();
  parameterPattern.lastIndex = "form-data".length + (/^\s*/.exec(value.slice("form-data".length))?.[0].length ?? 0);
  while (parameterPattern.lastIndex < value.length) {
    const match = parameterPattern.exec(value);
    const name = match?.[1]?.toLowerCase();
    if (match === null || name === undefined || parameters.has(name)) throw malformed("a Content-Disposition");
    parameters.set(name, match[2] ?? match[3] ?? "");
  }
  const extended = parameters.get("filename*");
  const plain = parameters.get("filename");
  if (extended !== undefined && plain !== undefined) throw malformed("a part has two file names");
  const encoded = extended === undefined ? undefined : /^utf-8''(.*)$/is.exec(extended)?.[1];
  const decoded = encoded === undefined ? undefined : decodeComponent(encoded);
  if (extended !== undefined && decoded === undefined) throw malformed("a file name");
  const name = parameters.get("name");
  if (name === undefined || name === "") throw malformed("a part has no name");
  return { name, filename: decoded ?? plain };
}

function headOf(block: Buffer): PartHead {
  let disposition: string | undefined;
  const seen = new Set<string>();
  for (const line of utf8(block).split("\r\n")) {
    const [, name = "", value = ""] = /^([A-Za-z-]+):[ \t]*([^\r\n\0]*)$/.exec(line) ?? [];
    const lower = name.toLowerCase();
    if (name === "" || seen.has(lower)) throw malformed("the head of a part");
    seen.add(lower);
    if (lower === "content-disposition") disposition = value.trim();
    else if (lower === "content-transfer-encoding") {
      if (!/^(binary|7bit|8bit)$/i.test(value.trim())) throw malformed("a part is encoded");
    } else if (lower !== "content-type" && lower !== "content-length") throw malformed(`a part has the header ${name}`);
  }
  if (disposition === undefined) throw malformed("a part has no Content-Disposition");
  return dispositionOf(disposition);
}

class FormReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #boundary: Buffer;
  /** Read, and not yet used. */
  #held: Buffer = Buffer.alloc(0);
  /** What may still be used outside of the file. */
  #budget = maxFormFieldBytes;

  constructor(boundary: string, source: AsyncIterable<Buffer>) {
    this.#boundary = Buffer.from(`\r\n--${boundary}`, "latin1");
    this.#source = source[Symbol.asyncIterator]();
  }

  get used(): number {
    return maxFormFieldBytes - this.#budget;
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    return true;
  }

  #use(length: number): Buffer {
    this.#budget -= length;
    if (this.#budget < 0) throw tooLarge;
    const used = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return used;
  }

  /** At least so many bytes are held afterwards. */
  async #hold(length: number): Promise<void> {
    if (length > this.#budget) throw tooLarge;
    while (this.#held.length < length) if (!(await this.#more())) throw malformed("it ends too early");
  }

  /** Up to `mark`, which is used too. */
  async #upTo(mark: Buffer): Promise<Buffer> {
    for (let from = 0; ;) {
      const at = this.#held.indexOf(mark, from);
      if (at !== -1) return this.#use(at + mark.length).subarray(0, at);
      from = Math.max(0, this.#held.length - mark.length + 1);
      if (this.#held.length > this.#budget) throw tooLarge;
      if (!(await this.#more())) throw malformed("it ends too early");
    }
  }

  /** The first delimiter, at the beginning: there is nothing before it, or one line break. */
  async begin(): Promise<void> {
    await this.#hold(this.#boundary.length);
    const whole = this.#held.subarray(0, this.#boundary.length).equals(this.#boundary);
    const rest = this.#boundary.subarray(2);
    if (!whole && !this.#held.subarray(0, rest.length).equals(rest))
      throw malformed("it does not begin with the boundary");
    this.#use(whole ? this.#boundary.length : rest.length);
  }

  /** After a delimiter: whether another part follows. */
  async #continues(): Promise<boolean> {
    await this.#hold(2);
    const mark = this.#use(2).toString("latin1");
    if (mark === "\r\n") return true;
    if (mark !== "--") throw malformed("something follows a boundary");
    return false;
  }

  /** The next part; undefined at the end of the form. */
  async head(): Promise<PartHead | undefined> {
    if (!(await this.#continues())) return undefined;
    return headOf(await this.#upTo(Buffer.from("\r\n\r\n")));
  }

  async value(): Promise<string> {
    return utf8(await this.#upTo(this.#boundary));
  }

  /** The bytes of a part, up to its delimiter. */
  async *bytes(): AsyncGenerator<Buffer> {
    const { length } = this.#boundary;
    for (;;) {
      const at = this.#held.indexOf(this.#boundary);
      if (at !== -1) {
        if (at > 0) yield this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + length);
        return;
      }
      const safe = this.#held.length - length + 1;
      if (safe > 0) {
        yield this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
      }
      if (!(await this.#more())) throw malformed("it ends too early");
    }
  }

  /** Fields after the file are read and ignored, as AWS documents; nothing but a line break is after the form. */
  async finish(): Promise<void> {
    this.#budget = maxFormFieldBytes;
    for (let head = await this.head(); head !== undefined; head = await this.head()) {
      if (isFile(head)) throw manyFiles;
      await this.value();
    }
    while (await this.#more()) if (this.#held.length > 2) break;
    if (this.#held.length > 0 && !this.#held.equals(Buffer.from("\r\n"))) throw malformed("something follows its end");
  }
}

const tooLarge = new BodyFault(
  "MaxPostPreDataLengthExceeded",
  "Your POST request fields preceding the upload file were too large.",
);
const manyFiles = new BodyFault(
  "IncorrectNumberOfFilesInPostRequest" satisfies S3ErrorCode,
  "POST requires exactly one file upload per request.",
);

function isFile({ name }: PartHead): boolean {
  return name.toLowerCase() === "file";
}

/**
 * Reads the fields of a form, up to its file.
 * @throws {BodyFault} when it is malformed, its fields are too large, or it has no file.
 */
export async function readForm(boundary: string, source: AsyncIterable<Buffer>): Promise<Form> {
  const reader = new FormReader(boundary, source);
  await reader.begin();
  const fields = new Map<string, string>();
  const names = new Set<string>();
  for (let head = await reader.head(); head !== undefined; head = await reader.head()) {
    if (isFile(head)) return { fields, file: fileOf(reader, head) };
    const lower = head.name.toLowerCase();
    if (names.has(lower)) throw malformed("a field is sent twice");
    names.add(lower);
    fields.set(head.name, await reader.value());
  }
  throw manyFiles;
}

function fileOf(reader: FormReader, { filename = "" }: PartHead): FormFile {
  async function* chunks(): AsyncGenerator<Buffer> {
    yield* reader.bytes();
    await reader.finish();
  }
  return { filename, before: reader.used, chunks: chunks() };
}
