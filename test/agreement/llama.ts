/** llama.cpp's own answers: `scripts/llama-reference.mjs` as a child process. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../scripts/llama-reference.mjs', import.meta.url));

export interface LlamaAnswer {
  /** Most probable id after each asked row. */
  argmax: number[];
  cpuMs: number[];
  /** Logits of the same rows, where asked for. */
  logits: Float32Array[];
}

export interface Llama extends Disposable {
  readonly vocabulary: number;
  /**
   * Runs batches of ids one after the other on an empty context, then goes on greedily.
   * @param request with `rows`, so many last rows of each batch are asked for, else its last
   */
  ask(request: {
    batches: readonly (readonly number[])[];
    greedy?: number;
    logits?: boolean;
    rows?: number;
  }): Promise<LlamaAnswer>;
}

function decode(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return new Float32Array(bytes.buffer);
}

/** @throws where llama.cpp cannot load the model */
export async function startLlama(model: string, options: readonly string[] = []): Promise<Llama> {
  // Where the engine is told its CPU library, llama.cpp takes the same.
  const variant = process.env.TTCBENCH_GGML_CPU;
  const same = variant ? ['--variant', variant] : [];
  const child = spawn(process.execPath, [script, model, ...options, ...same], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function next() {
    const { value, done } = await lines.next();
    if (done) throw new Error('llama.cpp ended');
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(answer.error);
    return answer;
  }
  const { ready } = await next();
  return {
    vocabulary: ready.vocabulary,
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const answer = await next();
      return { ...answer, logits: answer.logits.map(decode) };
    },
    [Symbol.dispose]: () => child.stdin.end(),
  };
}
