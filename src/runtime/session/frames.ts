import type { Readable, Writable } from "node:stream";
import { DTYPE_BYTES, type DType, type Tensor } from "../../shared/dtype.ts";
import { sizeOf } from "../primitives/numbers.ts";

/** A tensor that travels as bytes on the pipe: what a control message says of it. */
export interface FramedTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Number of the frame that holds its bytes; counted from 1 on each side. */
  readonly frame: number;
}

/** Frame number and byte length, both 64-bit little endian, before the bytes. */
const HEADER_BYTES = 16;

/** A frame larger than this is not a tensor of ours but a broken stream. */
const MAX_FRAME_BYTES = 16 * 2 ** 30;

/** Sends tensors as raw bytes: length-prefixed frames, nothing is encoded or copied. */
export class FrameWriter {
  readonly #stream: Writable;
  #next = 1;
  #drained: Promise<void> = Promise.resolve();

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  send(tensor: Tensor): FramedTensor {
    const frame = this.#next++;
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeBigUInt64LE(BigInt(frame), 0);
    header.writeBigUInt64LE(BigInt(tensor.data.byteLength), 8);
    this.#stream.write(header);
    this.#drained = new Promise(resolve => {
      this.#stream.write(tensor.data, () => resolve());
    });
    return { dtype: tensor.dtype, shape: tensor.shape, frame };
  }

  /** Resolves once everything sent so far has left this process; a busy event loop would hold it back. */
  flush(): Promise<void> {
    return this.#drained;
  }
}

/** Receives what a FrameWriter sends. Frames and the messages that name them may arrive in either order. */
export class FrameReader {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  #frame = 0;
  #body: Buffer | null = null;
  #bodyFilled = 0;
  readonly #arrived = new Map<number, Buffer>();
  readonly #awaited = new Map<number, PromiseWithResolvers<Buffer>>();
  #failure: Error | null = null;

  constructor(stream: Readable) {
    stream.on("data", (chunk: Buffer) => {
      try {
        this.#consume(chunk);
      } catch (error) {
        this.fail(error as Error);
        stream.destroy();
      }
    });
  }

  /**
   * The tensor that a control message announced.
   * @throws Error when its bytes do not fit its shape, or the stream ended before they came.
   */
  async receive(header: FramedTensor): Promise<Tensor> {
    const data = await this.#take(header.frame);
    const expected = sizeOf(header.shape) * DTYPE_BYTES[header.dtype];
    if (data.byteLength !== expected) {
      throw new Error(`frame ${header.frame}: ${data.byteLength} bytes, expected ${expected}`);
    }
    return { dtype: header.dtype, shape: header.shape, data };
  }

  /** Rejects everything that is still awaited. */
  fail(error: Error): void {
    this.#failure = error;
    for (const waiting of this.#awaited.values()) waiting.reject(error);
    this.#awaited.clear();
    this.#arrived.clear();
  }

  async #take(frame: number): Promise<Buffer> {
    const here = this.#arrived.get(frame);
    if (here) {
      this.#arrived.delete(frame);
      return here;
    }
    if (this.#failure) throw this.#failure;
    const waiting = Promise.withResolvers<Buffer>();
    this.#awaited.set(frame, waiting);
    return waiting.promise;
  }

  #consume(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.#body === null) {
        const taken = chunk.copy(this.#header, this.#headerFilled, position);
        this.#headerFilled += taken;
        position += taken;
        if (this.#headerFilled < HEADER_BYTES) return;
        this.#headerFilled = 0;
        this.#frame = Number(this.#header.readBigUInt64LE(0));
        const length = Number(this.#header.readBigUInt64LE(8));
        if (length > MAX_FRAME_BYTES) throw new Error(`frame ${this.#frame}: impossible length ${length}`);
        // Not from the shared pool: the tensor must be aligned and keep only its own bytes alive.
        this.#body = Buffer.allocUnsafeSlow(length);
        this.#bodyFilled = 0;
      } else {
        const taken = chunk.copy(this.#body, this.#bodyFilled, position);
        this.#bodyFilled += taken;
        position += taken;
      }
      if (this.#bodyFilled === this.#body.length) {
        this.#deliver(this.#frame, this.#body);
        this.#body = null;
      }
    }
  }

  #deliver(frame: number, body: Buffer): void {
    const waiting = this.#awaited.get(frame);
    this.#awaited.delete(frame);
    if (waiting) waiting.resolve(body);
    else this.#arrived.set(frame, body);
  }
}
