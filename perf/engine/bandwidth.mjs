/**
 * How fast one core reads memory, and what a decoded token has to read. Reading is `memchr` over a buffer that no cache
 * holds, through Node's Buffer.indexOf; the better of a few.
 */
import { forecastMemory, openGguf } from '../../dist/engine/index.js';

const bytes = 2 ** 29;
let buffer;

/** Gigabytes (10^9) a second of CPU. */
export function streamingBandwidth(times = 3) {
  buffer ??= Buffer.alloc(bytes, 1);
  let best = 0;
  for (let time = 0; time < times; time++) {
    const before = process.cpuUsage();
    if (buffer.indexOf(2) !== -1) throw new Error('found what is not there');
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, bytes / (1000 * (user + system)));
  }
  return best;
}

/**
 * What one token reads after so many: K and V of those, and the weights, all but the embedding, of which it reads a row,
 * unless that is the head too.
 */
export function bytesPerToken(path, tokens) {
  const gguf = openGguf(path);
  const tied = !gguf.tensors.has('output.weight');
  const weights = [...gguf.tensors.values()]
    .filter(({ name }) => tied || name !== 'token_embd.weight')
    .reduce((sum, tensor) => sum + tensor.bytes, 0);
  gguf[Symbol.dispose]();
  return weights + tokens * forecastMemory(path).kvPerToken;
}
