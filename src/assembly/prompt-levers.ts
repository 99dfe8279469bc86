/** Prompt levers, on any benchmark: what it asks passes through here on its way to the model. */
import {
  hash,
  type Message,
  type OpenBenchmark,
  type PromptLevers,
  type Sample,
  type Session,
  type Shot,
  TtcError,
} from '../core/index.ts';

/** The benchmark with its calls changed. Its name in tables says so: scores with other prompts are other scores. */
export function withLevers(open: OpenBenchmark, levers: PromptLevers, name: string): OpenBenchmark {
  if (typeof levers.shots === 'number' && levers.shots > 0 && !open.hasShots)
    throw new TtcError('E_BENCHMARK', `${name} has no worked examples of its own to send`, {
      help: 'give shots a file or a list of examples',
    });
  return {
    ...open,
    label: labelOf(open.label ?? name, levers),
    samples: () => open.samples(),
    play: (sample, session) =>
      open.play(sample, changed(session, createReshape(levers, open.hasShots ?? false), levers)),
    score: (sample, answer, judges) => open.score(sample, answer, judges),
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}

/** @throws E_BENCHMARK where a sample has fewer worked examples than the user wants */
export async function checkShots(
  open: OpenBenchmark,
  samples: Iterable<Sample>,
  { shots }: PromptLevers = {},
): Promise<void> {
  if (typeof shots !== 'number' || shots === 0) return;
  for (const sample of samples) await open.play(sample, firstCallOnly()).catch(unlessHeard);
}

const heard = Symbol('the first call');

/** A session that hears one call and ends the play. */
function firstCallOnly(): Session {
  const end = () => Promise.reject(heard);
  return { signal: new AbortController().signal, capabilities: new Set(), ask: end, act: end };
}

function unlessHeard(error: unknown): void {
  if (error !== heard) throw error;
}

function changed(session: Session, reshape: Reshape, { stop }: PromptLevers): Session {
  return {
    signal: session.signal,
    capabilities: session.capabilities,
    act: session.act,
    ask: async (messages, options) => session.ask(reshape(messages), { ...options, ...(stop && { stop }) }),
  };
}

type Reshape = (messages: readonly Message[]) => Message[];

/**
 * The task is the last user message of a trial's first call. In later calls it stands at the same place, with what an
 * agent did behind it.
 */
function createReshape({ system, template, shots }: PromptLevers, hasShots: boolean): Reshape {
  const framed = (text: string) => template?.replaceAll('{prompt}', () => text) ?? text;
  const asUser = (message: Message): Message =>
    message.role === 'user' ? { ...message, content: framed(message.content) } : message;
  let task: { at: number; content: string } | undefined;

  function examplesOf(own: readonly Message[]): Message[] {
    if (typeof shots === 'object') return shots.flatMap((shot) => pairOf(shot).map(asUser));
    if (!hasShots) return [...own];
    if (shots !== undefined && shots * 2 > own.length)
      throw new TtcError('E_BENCHMARK', `a sample has ${own.length / 2} worked examples, and ${shots} are wanted`);
    return own.slice(0, shots === undefined ? own.length : shots * 2).map(asUser);
  }

  return (messages) => {
    const last = messages.findLastIndex(({ role }) => role === 'user');
    if (last < 0) return [...messages];
    if (!task || messages[task.at]?.content !== task.content)
      task = { at: last, content: (messages[last] as Message).content };
    const lead = Math.max(
      0,
      messages.findIndex(({ role }) => role !== 'system'),
    );
    const between = messages.slice(lead, task.at);
    // A conversation of the user's own stays, behind examples from elsewhere.
    const kept = hasShots || typeof shots !== 'object' ? [] : between;
    return [
      ...systemOf(messages.slice(0, lead), system),
      ...examplesOf(between),
      ...kept,
      asUser(messages[task.at] as Message),
      ...messages.slice(task.at + 1),
    ];
  };
}

const pairOf = ({ prompt, reference }: Shot): Message[] => [
  { role: 'user', content: prompt },
  { role: 'assistant', content: reference },
];

function systemOf(own: readonly Message[], system: string | undefined): Message[] {
  if (system === undefined) return [...own];
  const text = own.map(({ content }) => content).join('\n\n');
  return [{ role: 'system', content: system.replaceAll('{system}', () => text) }];
}

/** `crm-synth[level=2]` with other stop strings is `crm-synth[level=2,stop=1a2b3c]`. */
function labelOf(label: string, { system, template, shots, stop }: PromptLevers): string {
  const short = (value: unknown) => hash(value).slice(0, 6);
  const parts = [
    system !== undefined && `system=${short(system)}`,
    template !== undefined && `template=${short(template)}`,
    shots !== undefined && `shots=${typeof shots === 'number' ? shots : short(shots)}`,
    stop !== undefined && `stop=${short(stop)}`,
  ].filter((part) => part !== false);
  return label.endsWith(']') ? `${label.slice(0, -1)},${parts.join(',')}]` : `${label}[${parts.join(',')}]`;
}
