/** A model that is split over several files, as one. */
import { splitParts } from '../core/index.ts';
import type { Gguf, TensorInfo } from './gguf-contents.ts';
import type { Fail } from './gguf-cursor.ts';

/**
 * The first file's metadata and the tensors of all. What was opened is closed with it, also where a part is missing.
 * @param open opens one file
 */
export function joinParts(first: Gguf, open: (path: string) => Gguf, fail: Fail): Gguf {
  const count = Number(first.metadata['split.count']);
  const paths = splitParts(first.path);
  const help = 'name the first file, NAME-00001-of-0000N.gguf, with the others in the same folder';
  if (Number(first.metadata['split.no'] ?? 0) !== 0 || paths?.length !== count)
    fail(`is part ${Number(first.metadata['split.no'] ?? 0) + 1} of a model in ${count} files`, help);
  const files = [first];
  const close = () => {
    for (const file of files.slice(1)) file[Symbol.dispose]();
    first[Symbol.dispose]();
  };
  try {
    const tensors = new Map<string, TensorInfo>(first.tensors);
    const owners = new Map<string, Gguf>([...first.tensors.keys()].map((name) => [name, first]));
    for (const [index, path] of (paths as string[]).entries()) {
      if (index === 0) continue;
      const part = open(path);
      files.push(part);
      if (Number(part.metadata['split.no']) !== index || Number(part.metadata['split.count']) !== count)
        fail(`${path} is not part ${index + 1} of ${count} of the same model`, help);
      for (const [name, info] of part.tensors) {
        if (tensors.has(name)) fail(`tensor ${name} appears twice`);
        tensors.set(name, info);
        owners.set(name, part);
      }
    }
    const total = Number(first.metadata['split.tensors.count'] ?? tensors.size);
    if (total !== tensors.size) fail(`the parts hold ${tensors.size} tensors, not ${total}`);
    return {
      path: first.path,
      metadata: first.metadata,
      tensors,
      read: (name, ...range) => (owners.get(name) ?? fail(`no tensor ${name}`)).read(name, ...range),
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
