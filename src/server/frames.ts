/** As much of the WebSocket protocol (RFC 6455, 5.2) as it takes to end a connection whose bytes were handed on. */

/** Follows the bytes of one direction: a frame of ours may go only between two of theirs. */
export class Frames {
  /** Of a frame that has begun; empty between frames, and within a payload. */
  #header: number[] = [];
  /** Of its payload, in bytes. */
  #left = 0;

  read(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      this.#header.push(chunk[at++] ?? 0);
      const length = payloadLength(this.#header);
      if (length === undefined) continue;
      this.#left = length;
      this.#header = [];
    }
  }

  /** Has the last frame that began ended? */
  get between(): boolean {
    return this.#left === 0 && this.#header.length === 0;
  }
}

/** @returns undefined while the header isn't there as a whole */
function payloadLength(header: readonly number[]): number | undefined {
  const [, second = 0] = header;
  const short = second & 0x7f;
  const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
  const mask = second & 0x80 ? 4 : 0;
  if (header.length < 2 + extended + mask) return undefined;
  if (extended === 0) return short;
  return header.slice(2, 2 + extended).reduce((length, byte) => length * 256 + byte, 0);
}

/** A server's frame that ends the connection. @param reason at most 123 bytes */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason);
  const frame = Buffer.alloc(4 + text.length);
  frame.writeUInt8(0x88, 0);
  frame.writeUInt8(2 + text.length, 1);
  frame.writeUInt16BE(code, 2);
  text.copy(frame, 4);
  return frame;
}
