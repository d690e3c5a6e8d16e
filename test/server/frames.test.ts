import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeFrame, Frames } from '../../src/server/frames.ts';

/** A frame with a payload of `length` bytes, which look like headers of frames. */
function frame(length: number, masked: boolean): number[] {
  const mask = masked ? 0x80 : 0;
  const size =
    length < 126
      ? [mask | length]
      : length < 65_536
        ? [mask | 126, length >> 8, length & 0xff]
        : [mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return [0x82, ...size, ...(masked ? [1, 2, 3, 4] : []), ...Array<number>(length).fill(0x81)];
}

test('the gaps between frames are known, however their bytes come', () => {
  const length = fc.constantFrom(0, 1, 125, 126, 127, 300, 65_535, 65_536, 70_000);
  const some = fc.array(fc.record({ length, masked: fc.boolean() }), { minLength: 1, maxLength: 4 });
  const cut = fc.integer({ min: 1, max: 30_000 });
  fc.assert(
    fc.property(some, cut, (list, size) => {
      const frames = new Frames();
      expect(frames.between).toBe(true);
      for (const { length, masked } of list) {
        const bytes = Uint8Array.from(frame(length, masked));
        for (let at = 0; at < bytes.length; at += size) {
          frames.read(bytes.subarray(at, at + size));
          expect(frames.between).toBe(at + size >= bytes.length);
        }
      }
    }),
    { seed: 1, numRuns: 30 },
  );
});

test('one is not between frames within a header', () => {
  const frames = new Frames();
  for (const byte of [0x82, 127, 0, 0, 0, 0, 0, 0, 0]) {
    frames.read(Uint8Array.of(byte));
    expect(frames.between).toBe(false);
  }
  frames.read(Uint8Array.of(0));
  expect(frames.between).toBe(true);
});

test('a frame that ends a connection has its code and its reason', () => {
  expect([...closeFrame(1012, 'bye')]).toEqual([0x88, 5, 0x03, 0xf4, 0x62, 0x79, 0x65]);
});
