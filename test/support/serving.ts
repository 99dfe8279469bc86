/** A real server over a real engine, for tests. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type OpenedModel,
  openModel,
  type RunningServer,
  type ServeOptions,
  startServer,
} from '../../src/serve/index.ts';
import { chatml, type ScriptedModel, scriptedModel } from './scripted-model.ts';

export const openTiny = (more: Partial<Parameters<typeof openModel>[0]> = {}): Promise<OpenedModel> =>
  openModel({ model: 'tiny8', slots: 4, batchTokens: 4096, threads: 1, offline: true, ...more });

/** Serves on a free port; closed with `await using`, which cuts off what still runs. */
export async function serving(
  models: readonly OpenedModel[],
  options: Omit<ServeOptions, 'models'> = {},
): Promise<RunningServer & AsyncDisposable> {
  const server = await startServer({ models, ...options });
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close(AbortSignal.abort()) });
}

/** A model that never ends: `abababab`, one token each. */
export const endless: ScriptedModel = {
  tokens: [
    ['<|im_start|>', 3],
    ['<|im_end|>', 3],
  ],
  chains: [['\n', 'a', 'b', 'a']],
  template: chatml,
  eos: '<|im_end|>',
};

/** Opens a model that says what it is told. */
export function openScripted(model: ScriptedModel, folder: string, name: string, slots = 4): Promise<OpenedModel> {
  const path = join(folder, `${name}.gguf`);
  writeFileSync(path, scriptedModel(model));
  return openTiny({ model: path, slots });
}

/** A chat request without a client library. */
export const post = (
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> =>
  fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    ...(signal && { signal }),
  });

/** Waits until something holds, in turns of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
