/** Whether a run's prompts and limits fit the context of a server: asked before the first trial. */
import type { ServerRoom } from '../backends/backend-entry.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { plainText, TtcError } from '../core/index.ts';
import { answerRoomNote } from './answer-room.ts';
import type { Fitted } from './fit-model.ts';
import { bytesOf, fitOne, type Room, templateTokens, withLimit } from './fit-room.ts';
import { type ForetoldCall, foretellCalls } from './foretell-calls.ts';
import type { OpenedBenchmark } from './open-benchmarks.ts';

/**
 * What policies ask beside an answer: a question about its last step and a few tokens, or a started answer that takes
 * more tokens when it is read again than when it was written.
 */
const policyTokens = 32;

/** English text has about 4 characters a token, other text fewer. */
const bytesPerToken = 3;

/**
 * The benchmarks with limits that the server has room for. A limit of the user's own is never changed.
 * @throws E_CONTEXT where the server's context has no room for any sample, or for the limit that the user set
 */
export async function fitToServer(
  { config }: Pick<ResolvedConfig, 'config'>,
  benchmarks: readonly OpenedBenchmark[],
  server: ServerRoom,
): Promise<Fitted> {
  const limitOf = ({ planned }: OpenedBenchmark) => config.maxTokens ?? planned.maxTokens;
  const { limits } = server;
  if (limits) {
    const known = ({ planned }: OpenedBenchmark) => limits[planned.name] ?? planned.maxTokens;
    return { benchmarks: benchmarks.map((benchmark) => withLimit(benchmark, known(benchmark))), notes: [] };
  }
  const fitted: { benchmark: OpenedBenchmark; notes: string[] }[] = [];
  for (const benchmark of benchmarks) {
    const reserve = config.maxTokens === null && config.policies.length > 0 ? policyTokens : 0;
    const room = await roomFor(benchmark, config.maxTokens, server, reserve);
    fitted.push(room ? await fitOne(benchmark, config.maxTokens, room) : { benchmark, notes: [] });
  }
  return {
    benchmarks: fitted.map(({ benchmark }) => benchmark),
    notes: fitted.flatMap(({ benchmark, notes }) => [...notes, ...one(answerRoomNote(benchmark, limitOf(benchmark)))]),
  };
}

const one = (note: string | undefined): string[] => (note === undefined ? [] : [note]);

/** Undefined where nothing is known of the server's context. */
async function roomFor(
  benchmark: OpenedBenchmark,
  asked: number | null,
  server: ServerRoom,
  reserve: number,
): Promise<Room | undefined> {
  const model = plainText(server.model, 80);
  const { context, promptTokens } = server;
  const longest = (await foretellCalls(benchmark, asked, new Set()))
    .flat()
    .reduce<ForetoldCall | undefined>((a, b) => (a && sizeOf(a) >= sizeOf(b) ? a : b), undefined);
  if (context !== undefined) {
    const fits = !longest || sizeOf(longest) + templateTokens + reserve <= context;
    // Not every server of a kind has its kind's routes.
    const counts = !fits && promptTokens && (await answers(promptTokens(longest)));
    return counts
      ? { context, model, sizeOf: promptTokens, reserve }
      : { context, model, sizeOf: guessed, reserve, isEstimate: true };
  }
  const refused = longest && (await server.ask?.(apart(longest)));
  if (!longest || !refused) return undefined;
  const { context: said, prompt } = refused;
  if (said === undefined) {
    throw new TtcError(
      'E_CONTEXT',
      `${plainText(benchmark.planned.name, 80)}: the server has no room for the longest prompt and ${longest.maxTokens} tokens of an answer: ${refused.words}`,
      { help: 'lower --max-tokens, use shorter samples, or start the server with a longer context' },
    );
  }
  const share = (prompt ?? guessed(longest)) / bytesOf(longest);
  const bySize = (call: ForetoldCall) => Math.ceil(share * bytesOf(call));
  return { context: said, model, sizeOf: bySize, reserve, isEstimate: true };
}

/** Begins otherwise than any trial: a server that keeps prompts must not find one of them because it was asked. */
const apart = (call: ForetoldCall): ForetoldCall => ({
  ...call,
  messages: call.messages.map((message, i) => (i === 0 ? { ...message, content: `? ${message.content}` } : message)),
});

/** At least as many as the tokens of prompt and answer. */
const sizeOf = (call: ForetoldCall): number => bytesOf(call) + call.maxTokens;

const answers = (asking: Promise<unknown>): Promise<boolean> =>
  asking.then(
    () => true,
    (error) => {
      if (!(error instanceof TtcError) || error.code === 'E_ABORTED') throw error;
      return false;
    },
  );

const guessed = (call: ForetoldCall): number => Math.ceil(bytesOf(call) / bytesPerToken);
