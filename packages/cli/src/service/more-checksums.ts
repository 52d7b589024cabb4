import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";

type Extension = NonNullable<S3ClientConfig["extensions"]>[number];
type Added = Parameters<Parameters<Extension["configure"]>[0]["addChecksumAlgorithm"]>[0];

const hashOf = (name: string) =>
  class {
    #hash = createHash(name);

    update(bytes: Uint8Array): void {
      this.#hash.update(bytes);
    }

    reset(): void {
      this.#hash = createHash(name);
    }

    async digest(): Promise<Uint8Array> {
      return this.#hash.digest();
    }
  };

/** Without this, the SDK refuses an object that has one of these checksums, or reads it without comparing. */
export async function moreChecksums(): Promise<Extension> {
  const { Xxh3_128, Xxh3_64, Xxh64 } = await import("@aws-sdk/checksums/xxh");
  const algorithms = {
    // The SDK reads the header of "MD5" as Content-MD5. By any other spelling it reads x-amz-checksum-md5.
    Md5: hashOf("md5"),
    SHA512: hashOf("sha512"),
    XXHASH3: Xxh3_64,
    XXHASH64: Xxh64,
    XXHASH128: Xxh3_128,
  };
  return {
    configure(configuration) {
      for (const [name, make] of Object.entries(algorithms))
        configuration.addChecksumAlgorithm({
          algorithmId: () => name as ReturnType<Added["algorithmId"]>,
          checksumConstructor: () => make,
        });
    },
  };
}
