import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BodyFault } from "../sigv4/body-fault.ts";
import { formBoundary, maxFormFieldBytes, readForm } from "./form-reader.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 200);

async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(bytes: Buffer, boundary: string, sizes: readonly number[] = [1024]) {
  const { fields, file } = await readForm(boundary, inPieces(bytes, sizes));
  const chunks: Buffer[] = [];
  for await (const chunk of file.chunks) chunks.push(chunk);
  return { fields: [...fields], filename: file.filename, file: Buffer.concat(chunks), before: file.before };
}

const fault = async (asked: Promise<unknown>): Promise<string> => {
  try {
    await asked;
    return "read";
  } catch (error) {
    if (error instanceof BodyFault) return error.code;
    throw error;
  }
};

/** A form as text, with `~` for a line break. */
const form = (text: string) => Buffer.from(text.replaceAll("~", "\r\n"));
const disposition = (rest: string) => `Content-Disposition: form-data; ${rest}`;
const fileHead = `--B~${disposition('name="file"; filename="f"')}~~`;

describe("forms", () => {
  const boundary = fc.stringMatching(/^[0-9A-Za-z'()+_,./:=?-]{1,70}$/);
  const name = fc.stringMatching(/^[\wäß-]{1,20}$/).filter((one) => one.toLowerCase() !== "file");

  test("are read as they were written, however they come", async () => {
    await fc.assert(
      fc.asyncProperty(
        boundary,
        fc.uniqueArray(fc.tuple(name, fc.string({ unit: "grapheme" })), {
          selector: ([one]) => one.toLowerCase(),
          maxLength: 5,
        }),
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.string().map((text) => Buffer.from(`\r\n--${text}`)),
        ),
        fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 5 }),
        async (mark, fields, file, sizes) => {
          fc.pre(
            [...fields.map(([, value]) => Buffer.from(value)), Buffer.from(file)].every(
              (one) => !one.includes(`--${mark}`),
            ),
          );
          const parts = fields.map(
            ([key, value]) => `--${mark}\r\n${disposition(`name="${key}"`)}\r\n\r\n${value}\r\n`,
          );
          const head = `${parts.join("")}--${mark}\r\n${disposition('name="file"; filename="ü"')}\r\nContent-Type: a/b\r\n\r\n`;
          const whole = Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${mark}--\r\n`)]);
          expect(await read(whole, mark, sizes)).toEqual({
            fields,
            filename: "ü",
            file: Buffer.from(file),
            before: Buffer.byteLength(head),
          });
        },
      ),
      { numRuns },
    );
  });

  test("any bytes are a form or a named refusal, and the same in one piece as in many", async () => {
    const pieces = fc.constantFrom("--B", "\r\n", "--", "\r\n--B", "\r\n\r\n", disposition('name="a"'), disposition('name="file"'), "x", "\0", "ü", ";", '"'); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 30 }), fc.boolean(), async (parts, begun) => {
        const bytes = Buffer.from((begun ? form(fileHead).toString() : "") + parts.join(""));
        const whole = await fault(read(bytes, "B"));
        expect(["read", "MalformedPOSTRequest", "IncorrectNumberOfFilesInPostRequest"]).toContain(whole);
        expect(await fault(read(bytes, "B", [1]))).toBe(whole);
      }),
      { numRuns },
    );
  });

  /** What two readers could take for two forms. */
  const kept: readonly (readonly [string, string, string])[] = [
    ["nothing", "", "MalformedPOSTRequest"],
    ["another boundary", `--C~${disposition('name="file"')}~~x~--C--~`, "MalformedPOSTRequest"],
    ["something before the form", `x~${fileHead}x~--B--~`, "MalformedPOSTRequest"],
    ["a line break before the form", `~${fileHead}x~--B--~`, "read"],
    ["no line break at the end", `${fileHead}x~--B--`, "read"],
    ["something after the form", `${fileHead}x~--B--~x`, "MalformedPOSTRequest"],
    ["a second form", `${fileHead}x~--B--~${fileHead}x~--B--~`, "MalformedPOSTRequest"],
    ["no end", `${fileHead}x`, "MalformedPOSTRequest"],
    ["a boundary that goes on", `${fileHead}x~--Bx~--B--~`, "MalformedPOSTRequest"],
    ["blanks after a boundary", `--B ~${disposition('name="file"')}~~x~--B--~`, "MalformedPOSTRequest"],
    ["line feeds alone", `--B\n${disposition('name="file"')}\n\nx\n--B--\n`, "MalformedPOSTRequest"],
    ["no file", `--B~${disposition('name="a"')}~~x~--B--~`, "IncorrectNumberOfFilesInPostRequest"],
    ["two files", `${fileHead}x~${fileHead}y~--B--~`, "IncorrectNumberOfFilesInPostRequest"],
    [
      "a field twice",
      `--B~${disposition('name="a"')}~~1~--B~${disposition('name="A"')}~~2~${fileHead}x~--B--~`,
      "MalformedPOSTRequest",
    ],
    ["a name twice", `--B~${disposition('name="a"; name="b"')}~~1~${fileHead}x~--B--~`, "MalformedPOSTRequest"],
    ["no name", `--B~${disposition('filename="b"')}~~1~${fileHead}x~--B--~`, "MalformedPOSTRequest"],
    [
      "two file names",
      `--B~${disposition(`name="file"; filename="a"; filename*=utf-8''b`)}~~x~--B--~`,
      "MalformedPOSTRequest",
    ],
    ["an extended file name", `--B~${disposition(`name="file"; filename*=UTF-8''%C3%BC`)}~~x~--B--~`, "read"],
    [
      "a file name in another encoding",
      `--B~${disposition(`name="file"; filename*=iso-8859-1''%FC`)}~~x~--B--~`,
      "MalformedPOSTRequest",
    ],
    ["no disposition", "--B~Content-Type: text/plain~~x~--B--~", "MalformedPOSTRequest"],
    [
      "two dispositions",
      `--B~${disposition('name="a"')}~${disposition('name="file"')}~~x~--B--~`,
      "MalformedPOSTRequest",
    ],
    ["a folded header", `--B~${disposition('name="a";')}~ filename="b"~~x~${fileHead}x~--B--~`, "MalformedPOSTRequest"],
    [
      "an encoded part",
      `--B~${disposition('name="file"')}~Content-Transfer-Encoding: base64~~eA==~--B--~`,
      "MalformedPOSTRequest",
    ],
    ["an unknown header", `--B~${disposition('name="file"')}~X-A: b~~x~--B--~`, "MalformedPOSTRequest"],
    ["an attachment", '--B~Content-Disposition: attachment; name="file"~~x~--B--~', "MalformedPOSTRequest"],
    ["a parameter without its quotes' end", `--B~${disposition('name="file')}~~x~--B--~`, "MalformedPOSTRequest"],
    [
      "too many fields before",
      `--B~${disposition('name="a"')}~~${"x".repeat(maxFormFieldBytes)}~${fileHead}x~--B--~`,
      "MaxPostPreDataLengthExceeded",
    ],
    [
      "too many fields after",
      `${fileHead}x~--B~${disposition('name="a"')}~~${"x".repeat(maxFormFieldBytes)}~--B--~`,
      "MaxPostPreDataLengthExceeded",
    ],
    ["a head without end", `--B~${"x".repeat(maxFormFieldBytes)}`, "MaxPostPreDataLengthExceeded"],
  ];
  test.each(kept)("%s", async (_what, text, expected) => {
    for (const sizes of [[100_000], [1], [7, 1]]) expect(await fault(read(form(text), "B", sizes))).toBe(expected);
  });

  test.each([
    ["multipart/form-data; boundary=B", "B"],
    ['Multipart/Form-Data;boundary="a b"', undefined],
    ['multipart/form-data; boundary="a=b"', "a=b"],
    ["multipart/form-data; charset=utf-8; boundary=B", "B"],
    ["multipart/form-data; boundary=B; boundary=C", undefined],
    ["multipart/form-data; boundary=B,multipart/form-data; boundary=C", undefined],
    ["multipart/form-data; boundary=", undefined],
    [`multipart/form-data; boundary=${"b".repeat(71)}`, undefined],
    ["multipart/form-data", undefined],
    ["multipart/mixed; boundary=B", undefined],
    ["multipart/form-data; x; boundary=B", undefined],
  ])("the boundary of %s is %s", (type, expected) => expect(formBoundary(type)).toBe(expected));
});
