/** Reads pieces of files by their position; a file is opened once. */
import { closeSync, openSync, readSync } from 'node:fs';
import { cannotRead } from './system-errors.ts';

export interface FileReader extends Disposable {
  /** The bytes are valid until the next piece is read; fewer where the file ends before. */
  read(place: { file: string; offset: number; length: number }): Buffer;
}

export function openFileReader(): FileReader {
  const descriptors = new Map<string, number>();
  let buffer = Buffer.allocUnsafe(1 << 16);
  return {
    read({ file, offset, length }) {
      let descriptor = descriptors.get(file);
      if (descriptor === undefined) {
        descriptor = openToRead(file);
        descriptors.set(file, descriptor);
      }
      if (buffer.length < length) buffer = Buffer.allocUnsafe(2 * length);
      return buffer.subarray(0, readSync(descriptor, buffer, 0, length, offset));
    },
    [Symbol.dispose]() {
      for (const descriptor of descriptors.values()) closeSync(descriptor);
      descriptors.clear();
    },
  };
}

function openToRead(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw cannotRead(file, error);
  }
}
