// Pictures made byte by byte, and what can be read of those that come back.
import zlib from 'node:zlib';

function crc32(bytes) {
  let c = ~0;
  for (const b of bytes) {
    c ^= b;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
}

function chunk(type, data) {
  const b = Buffer.alloc(12 + data.length);
  b.writeUInt32BE(data.length);
  b.write(type, 4, 'latin1');
  data.copy(b, 8);
  b.writeUInt32BE(crc32(b.subarray(4, 8 + data.length)), 8 + data.length);
  return b;
}

function pngOf(width, height, type, data) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  head[9] = type;
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

// A gradient; alpha: (x, y) => 0..255 makes it transparent.
export function png(width, height, { alpha } = {}) {
  const n = alpha ? 4 : 3;
  const raw = Buffer.alloc(height * (width * n + 1));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * (width * n + 1) + 1 + x * n;
      raw[at] = (x * 255) / width;
      raw[at + 1] = (y * 255) / height;
      raw[at + 2] = (x * 3 + y * 5) & 255;
      if (alpha) raw[at + 3] = alpha(x, y);
    }
  return pngOf(width, height, alpha ? 6 : 2, zlib.deflateSync(raw));
}

// Any size in few bytes: the pixels are missing, or (whole) all of one grey.
export function bigPng(width, height, whole = false) {
  return pngOf(width, height, 2, zlib.deflateSync(Buffer.alloc(whole ? height * (width * 3 + 1) : 100)));
}

// The samples of an 8-bit RGBA PNG (PNG 1.2 section 6).
export function pngPixels(bytes) {
  const parts = [];
  let width;
  for (let at = 8; at < bytes.length; ) {
    const n = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'IHDR') width = bytes.readUInt32BE(at + 8);
    if (type === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + n));
    at += 12 + n;
  }
  const raw = zlib.inflateSync(Buffer.concat(parts));
  const line = width * 4;
  const out = Buffer.alloc((raw.length / (line + 1)) * line);
  for (let y = 0; y * line < out.length; y++)
    for (let i = 0; i < line; i++) {
      const a = i >= 4 ? out[y * line + i - 4] : 0;
      const b = y ? out[(y - 1) * line + i] : 0;
      const c = i >= 4 && y ? out[(y - 1) * line + i - 4] : 0;
      const p = a + b - c;
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      out[y * line + i] = raw[y * (line + 1) + 1 + i] + [0, a, b, (a + b) >> 1, paeth][raw[y * (line + 1)]];
    }
  return { width, at: (x, y) => [...out.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)] };
}

// Codes of 9 bits that never grow, because the table is cleared in time: a GIF without compression.
function lzw(pixels) {
  const codes = [];
  pixels.forEach((pixel, i) => codes.push(...(i % 100 === 0 ? [256] : []), pixel));
  codes.push(257);
  const bytes = Buffer.alloc(Math.ceil((codes.length * 9) / 8));
  codes.forEach((code, i) => {
    for (let k = 0; k < 9; k++) if ((code >> k) & 1) bytes[(i * 9 + k) >> 3] |= 1 << ((i * 9 + k) & 7);
  });
  const blocks = [];
  for (let at = 0; at < bytes.length; at += 255) blocks.push(Buffer.from([Math.min(255, bytes.length - at)]), bytes.subarray(at, at + 255));
  return Buffer.concat([Buffer.from([8]), ...blocks, Buffer.from([0])]);
}

function frame(width, height, colour) {
  const head = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(width, 5);
  head.writeUInt16LE(height, 7);
  return Buffer.concat([head, lzw(Array(width * height).fill(colour))]);
}

function gifOf(width, height, ...frames) {
  const screen = Buffer.from([0, 0, 0, 0, 0x80, 0, 0]);
  screen.writeUInt16LE(width);
  screen.writeUInt16LE(height, 2);
  return Buffer.concat([Buffer.from('GIF89a'), screen, Buffer.from([200, 0, 0, 0, 0, 200]), ...frames, Buffer.from([0x3b])]);
}
export const gif = (width, height) => gifOf(width, height, frame(width, height, 0));
export const animatedGif = (width, height) => gifOf(width, height, frame(width, height, 0), frame(width, height, 1));

// An APP1 segment: the orientation, and a text behind it.
export function exif(orientation, text) {
  const tiff = Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff, Buffer.from(text)]);
  return Buffer.concat([Buffer.from([0xff, 0xe1, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
}
// A JPEG with one more segment behind its first marker.
export const jpegWith = (jpeg, segment) => Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);

// What a PNG or JPEG says of itself.
export function headOf(bytes) {
  if (bytes.subarray(1, 4).toString() === 'PNG') return { format: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  for (let at = 2; bytes[at] === 0xff; at += 2 + bytes.readUInt16BE(at + 2))
    if (bytes[at + 1] >= 0xc0 && bytes[at + 1] <= 0xc2) return { format: 'jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
  return { format: 'none' };
}
