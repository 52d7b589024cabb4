import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Rendered } from "../http/send.ts";
import { errorCode } from "../ports/store-error.ts";
import { textReply } from "./console-reply.ts";

/** Content types of what the build makes. */
const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** One file, in each form that the build made of it. */
interface Asset {
  readonly type: string;
  readonly cache: string;
  readonly forms: readonly { readonly encoding: string | undefined; readonly bytes: () => Promise<Buffer> }[];
}

/** What the console serves as it is. */
export interface Assets {
  /** The page is in this installation. */
  readonly hasPage: boolean;
  /** Undefined when there is no file of this path. */
  find(path: string, acceptEncoding: string | undefined): Promise<Rendered | undefined>;
  /** The page itself, which is the same for each of its links. */
  page(acceptEncoding: string | undefined): Promise<Rendered | undefined>;
}

const forever = "public, max-age=31536000, immutable";

/**
 * The files of the built page, by the paths they are asked by. INVARIANT: the folder is listed once, at start; what a request asks for is
 * looked up in that list and never becomes a path of the file system.
 */
export function openAssets(folder: URL, made: readonly MadeAsset[]): Assets {
  const files = new Map<string, Asset>();
  for (const { path, type, bytes } of made)
    files.set(path, { type, cache: forever, forms: [{ encoding: undefined, bytes: async () => bytes }] });
  const root = fileURLToPath(folder);
  const page = existsSync(join(root, "index.html")) ? assetOf(root, "index.html", "no-store") : undefined;
  const hashed = join(root, "assets");
  if (page !== undefined && existsSync(hashed))
    for (const name of readdirSync(hashed)) {
      if (Object.hasOwn(types, extname(name))) files.set(`/assets/${name}`, assetOf(hashed, name, forever));
    }
  const choose = async (asset: Asset | undefined, accept: string | undefined): Promise<Rendered | undefined> =>
    asset === undefined ? undefined : rendered(asset, accept);
  return {
    hasPage: page !== undefined,
    find: (path, accept) => choose(files.get(path), accept),
    page: (accept) => choose(page, accept),
  };
}

/** A file that the gateway makes itself: the style of the sign-in form. */
export interface MadeAsset {
  readonly path: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** Its name has the hash of its bytes, so that it may be kept for good. */
export function madeAsset(name: string, extension: ".css", text: string): MadeAsset {
  const bytes = Buffer.from(text, "utf8");
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 10);
  return { path: `/assets/${name}.${hash}${extension}`, type: types[extension] ?? "", bytes };
}

function assetOf(folder: string, name: string, cache: string): Asset {
  const compressed = [
    ["br", ".br"],
    ["gzip", ".gz"],
  ] as const;
  const forms = compressed.flatMap(([encoding, suffix]) =>
    existsSync(join(folder, name + suffix)) ? [{ encoding, bytes: once(join(folder, name + suffix)) }] : [],
  );
  return {
    type: types[extname(name)] ?? "application/octet-stream",
    cache,
    forms: [...forms, { encoding: undefined, bytes: once(join(folder, name)) }],
  };
}

/** Read when it is first asked for, and kept: all of them are a few megabytes. */
function once(file: string): () => Promise<Buffer> {
  let bytes: Promise<Buffer> | undefined;
  return () => {
    bytes ??= readFile(file).catch((error: unknown) => {
      bytes = undefined;
      throw error;
    });
    return bytes;
  };
}

async function rendered({ type, cache, forms }: Asset, accept: string | undefined): Promise<Rendered> {
  const accepted = new Set((accept ?? "").split(",").flatMap(acceptedCoding));
  const form = forms.find(({ encoding }) => encoding === undefined || accepted.has(encoding));
  let body: Buffer | undefined;
  try {
    body = await (form ?? forms[0])?.bytes();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return goneFile;
    throw error;
  }
  return {
    status: 200,
    headers: {
      "content-type": type,
      "cache-control": cache,
      vary: "accept-encoding",
      ...(form?.encoding === undefined ? {} : { "content-encoding": form.encoding }),
      "content-length": String(body?.length ?? 0),
    },
    body,
  };
}

/** Another version was installed over the one that runs. */
const goneFile = textReply(
  503,
  "This file of the console is no longer in the installation, which was changed while the gateway runs. Restart the gateway.\n",
  "text/plain; charset=utf-8",
);

/** https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding: `q=0` means not acceptable. */
function acceptedCoding(text: string): readonly string[] {
  const [coding = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  return parameters.some((one) => /^q=0(\.0*)?$/.test(one)) ? [] : [coding];
}
