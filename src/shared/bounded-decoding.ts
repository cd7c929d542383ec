/**
 * Bounds what a stream of a file may unpack to, in the thread in which pdf.js parses: a few kilobytes can say that they are
 * many gigabytes. What goes beyond is an error of its page or picture. It needs nothing but itself: a worker is given its text.
 *
 * @param largest bytes; the largest picture that is drawn, in three colours, has fewer.
 */
export function boundDecoding(largest = 256 * 1024 * 1024): void {
  /** Bytes that are unpacked before it is asked how many they have become. */
  const slice = 65_536;
  const tooMuch = () => new RangeError(`A stream of the file unpacks to more than ${largest} bytes.`);
  const { DecompressionStream: Native, Uint8Array: Bytes } = globalThis;
  // pdf.js unpacks with the platform first, and by itself, into an array that doubles, what the platform gives up.
  globalThis.DecompressionStream = class {
    readonly writable: DecompressionStream["writable"];
    readonly readable: DecompressionStream["readable"];

    constructor(format: CompressionFormat) {
      const native = new Native(format);
      // A browser unpacks all that it is given at once before it asks whether that is still wanted.
      const slices = new TransformStream({
        transform(chunk: Uint8Array<ArrayBuffer>, controller) {
          for (let at = 0; at < chunk.byteLength; at += slice)
            controller.enqueue(chunk.subarray(at, at + slice));
        },
      });
      slices.readable.pipeTo(native.writable).catch(() => {});
      let size = 0;
      const bound = new TransformStream({
        transform(chunk: Uint8Array<ArrayBuffer>, controller) {
          size += chunk.byteLength;
          if (size > largest) throw tooMuch();
          controller.enqueue(chunk);
        },
      });
      this.writable = slices.writable;
      this.readable = native.readable.pipeThrough(bound);
    }
  } as typeof DecompressionStream;
  globalThis.Uint8Array = new Proxy(Bytes, {
    construct(target, given, made) {
      if (given[0] > largest) throw tooMuch();
      return Reflect.construct(target, given, made === globalThis.Uint8Array ? target : made);
    },
  });
}
