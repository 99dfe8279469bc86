/**
 * Answer stability: an answer is left early where the model would say the same at its end already (Dynasor, Fu et al.
 * 2024, arXiv 2412.20993). While it streams, side calls are given what it said so far and the words that lead to a final
 * answer. Where enough of them say the same, the stream is cancelled and that is the answer.
 *
 * - `parallel`: checkpoints are 32nds (`of_layers`) of the token limit, from the `exit_layer`th on. At each, `probes`
 *   calls are sampled at the same time.
 * - `temporal`: one call every `probe_every` tokens; the last `probes` of them have to agree.
 *
 * While probes are out, what the stream brings is held back: an answer that is left says what the probes were told, then
 * their answer. Nothing that the reader has is taken back, and a stream that ends before its probes wins.
 */
import { type Call, type Context, type Generate, now, type Part } from '../../core/index.ts';
import { type Branch, createBell, goOn, joined, later, openBranch, type Piece } from '../branch.ts';
import { canonicalAnswer, firstLine, mostCommon } from './canonical-answer.ts';

export interface StabilityOptions {
  mode: 'parallel' | 'temporal';
  /** Share of the probes that have to say the same. */
  threshold: number;
  probes: number;
  /** Tokens of a probe's answer. */
  probeTokens: number;
  probeTemperature: number;
  /** `temporal`: tokens between two probes. */
  probeEvery: number;
  /** What leads to a final answer, and about how many tokens that is. */
  inducer: string;
  inducerTokens: number;
  /** `parallel`: of `parts` equal parts of the token limit, the first after which probes are sent. */
  first: number;
  parts: number;
}

export const stabilityCounters = {
  probe_calls: 'over an API: side calls that were sent to see whether the answer stands',
  exit_checkpoint: 'over an API: answers that were left, by the checkpoint at which they were',
};

/** Probes that are out. */
interface Check {
  checkpoint: number;
  probes: Branch[];
}

interface Agreed {
  /** First line of the first probe that gave the answer. */
  text: string;
  tokens: number;
}

export async function* stableAnswer(
  target: Generate,
  options: StabilityOptions,
  call: Call,
  context: Context,
): AsyncGenerator<Part> {
  if ((call.tools?.length ?? 0) > 0) return yield* target(call, context);
  const { mode, threshold, probes, probeTemperature, inducer, inducerTokens } = options;
  const { meter } = context;
  const bell = createBell();
  const main = openBranch(target, call, context, bell);
  const branches = [main];
  const begun = call.continue ?? '';
  let said = '';
  let read = 0;
  let tokens = 0;
  let check: Check | undefined;
  /** When text was let go last: what came before is stamped with this. */
  let held = 0n;
  let checkpoint = firstCheckpoint(options);
  /** `temporal`: what the probes said, newest last. */
  const earlier: (string | undefined)[] = [];

  function sendProbes(): void {
    // The answer keeps to the caller's limit.
    const room = Math.min(options.probeTokens, call.maxTokens - tokens - inducerTokens);
    if (room < 1) return;
    const count = mode === 'parallel' ? probes : 1;
    const { logprobs: _, stop: __, ...plain } = goOn(call, begun + said + inducer, room);
    const sent = Array.from({ length: count }, (_, at) =>
      openBranch(
        target,
        { ...plain, temperature: probeTemperature, seed: call.seed + 1 + checkpoint * probes + at },
        context,
        bell,
      ),
    );
    meter.add('probe_calls', count);
    branches.push(...sent);
    check = { checkpoint, probes: sent };
    checkpoint++;
  }

  /** What may be let go, up to the next checkpoint. Stamped with that moment where it was held. */
  function* release(isEnding: boolean): Generator<Piece> {
    while (!check && read < main.pieces.length) {
      const piece = main.pieces[read] as Piece;
      tokens = main.marks[read++]?.tokens ?? tokens;
      if (piece.type === 'text' && piece.channel === 'answer') said += piece.text;
      yield { ...piece, at: later(piece.at, held) };
      if (isEnding || tokens < tokensAt(checkpoint, options, call)) continue;
      if (/\S$/.test(said)) sendProbes();
    }
  }

  /** What the probes agree on, once all of them are over. */
  function agreedIn({ probes: asked }: Check): Agreed | undefined {
    meter.add('exit_checks', 1);
    const answers = asked.map((probe) => (probe.end ? canonicalAnswer(probe.text) : undefined));
    if (mode === 'temporal') earlier.push(answers[0]);
    const counted = mode === 'temporal' ? earlier.slice(-probes) : answers;
    if (counted.length < probes) return undefined;
    const most = mostCommon(counted);
    if (!most || most.count / probes < threshold - 1e-9) return undefined;
    // The answer is in the words of a probe that was just asked: its text goes on from what the reader has.
    const speaker = asked.find((_, at) => answers[at] === most.answer);
    return speaker && { text: firstLine(speaker.text), tokens: speaker.marks.at(-1)?.tokens ?? 1 };
  }

  try {
    for (;;) {
      const heard = bell.next();
      context.signal.throwIfAborted();
      const isEnding = main.isOver;
      if (check && !isEnding && check.probes.every(({ isOver }) => isOver)) {
        const agreed = agreedIn(check);
        if (agreed) {
          meter.add('exits', 1);
          meter.tally('exit_checkpoint', check.checkpoint);
          main.leave();
          const at = now();
          yield { type: 'text', at, text: inducer + agreed.text, channel: 'answer', events: agreed.tokens };
          return yield { type: 'end', at, reason: 'stop' };
        }
        check = undefined;
        held = now();
      } else if (check && isEnding) {
        for (const probe of check.probes) probe.leave();
        check = undefined;
        held = now();
      }
      yield* joined(release(isEnding));
      if (main.isOver && read === main.pieces.length && !check) {
        if (!main.end) throw main.error;
        return yield { ...main.end, at: later(main.end.at, held) };
      }
      await heard;
    }
  } finally {
    for (const branch of branches) branch.leave();
    await Promise.all(branches.map(({ settled }) => settled));
  }
}

const firstCheckpoint = ({ mode, first }: StabilityOptions) => (mode === 'parallel' ? first : 1);

/** Tokens of the answer at a checkpoint. */
function tokensAt(checkpoint: number, { mode, parts, probeEvery }: StabilityOptions, { maxTokens }: Call): number {
  if (mode === 'temporal') return checkpoint * probeEvery;
  return checkpoint >= parts ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil((checkpoint * maxTokens) / parts));
}
