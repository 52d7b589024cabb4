import { crc32, deflateSync } from "node:zlib";
import { encode } from "uqr";

const pixelsPerModule = 6;
/** Modules; the quiet zone that readers need. */
const border = 4;

/** A QR code of a text as a black and white PNG. */
export function qrCodePng(text: string): Buffer {
  const { size, data } = encode(text, { ecc: "M", border });
  const side = size * pixelsPerModule;
  const rowBytes = 1 + Math.ceil(side / 8);
  const pixels = Buffer.alloc(rowBytes * side, 0xff);
  for (let y = 0; y < side; y += 1) {
    pixels.writeUInt8(0, y * rowBytes); // no filter
    const row = data[Math.floor(y / pixelsPerModule)] ?? [];
    for (let x = 0; x < side; x += 1) {
      const at = y * rowBytes + 1 + (x >> 3);
      if (row[Math.floor(x / pixelsPerModule)] === true)
        pixels.writeUInt8(pixels.readUInt8(at) & ~(0x80 >> (x & 7)), at);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.writeUInt8(1, 8); // one bit a pixel, grey, and defaults
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** https://www.w3.org/TR/png-3/#5Chunk-layout */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
