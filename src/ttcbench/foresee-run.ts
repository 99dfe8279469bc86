/** What only an opened backend says of a run: its folder, which policies cannot be opened, and about how long it takes. */
import type { ModelFile } from '../assembly/fit-model.ts';
import { isClient } from '../assembly/limits.ts';
import { openBackend } from '../assembly/open-backend.ts';
import type { OpenedBenchmark } from '../assembly/open-benchmarks.ts';
import { clientKitOf } from '../assembly/open-variant.ts';
import { openCells } from '../assembly/planned-policies.ts';
import { probeSpeed, type Range, type Speed } from '../assembly/probe-speed.ts';
import { openLocalModels } from '../backends/local-models.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { plainText, TtcError } from '../core/index.ts';
import type { ForecastCall } from '../runner/forecast.ts';
import { foreseeFolder, type RunTarget } from './foresee-folder.ts';
import { closingAll, perBackend, withThreadsOf } from './plan-stages.ts';
import { stageOf } from './play-stage.ts';
import type { Stage } from './stage.ts';

export interface Foresight {
  target: RunTarget;
  /** Of the baseline; absent where it was not found. */
  speed?: Speed;
  notes: string[];
}

export interface ForeseeOptions {
  asked: readonly OpenedBenchmark[];
  /** A file for each backend that has one. */
  models: readonly (ModelFile | undefined)[];
  /** Calls of the first backend, to be probed. */
  calls: readonly ForecastCall[];
  folderOf?: ((id: string) => string) | undefined;
}

/** Longest time in milliseconds that policies may take to open, and a probe. */
const longestProbe = 60_000;

/**
 * Opens the backends of a run that calls no server, as the run would, and ends them again. Nothing is written or pulled.
 * @throws what the run would throw while it opens its backends, plans its trials and takes its folder
 */
export async function foreseeRun(resolved: ResolvedConfig, options: ForeseeOptions): Promise<Foresight> {
  const { asked, models, calls, folderOf } = options;
  const stages: Stage[] = [];
  const backends: AsyncDisposable[] = [];
  await using _backends = closingAll(backends);
  for (const [at, one] of perBackend(resolved).entries()) {
    const opened = await openBackend(withThreadsOf(one), { offline: true });
    backends.push(opened.backend);
    const { signal } = new AbortController();
    stages.push(await stageOf({ resolved: one, signal }, opened, { asked, model: models[at] }));
  }
  const target = await foreseeFolder(resolved, stages, asked, folderOf);
  const notes: string[] = [];
  for (const stage of stages) notes.push(...(await refusalsOf(stage)));
  const speed = target.left === 0 ? undefined : await speedOf(stages[0] as Stage, calls, notes);
  return { target, notes, ...(speed && { speed }) };
}

/** Policies that cannot be opened on this backend: their trials would say so, one by one. */
async function refusalsOf({ opened, policies }: Stage): Promise<string[]> {
  const signal = AbortSignal.timeout(longestProbe);
  const { backend } = opened;
  await using local = isClient(backend) ? await openLocalModels(signal) : undefined;
  const open = openCells(backend, policies, clientKitOf(opened, undefined, local));
  const notes: string[] = [];
  for (const { planned } of policies) {
    try {
      await open(planned.policy_name, signal);
    } catch (error) {
      if (!(error instanceof TtcError) || signal.aborted) throw error;
      const { code, message, help } = error;
      notes.push(
        plainText(
          `${planned.policy_name}: all its trials would fail, ${code}: ${message}${help === undefined ? '' : ` (${help})`}`,
        ),
      );
    }
  }
  return notes;
}

/** A probe that fails is said and ends no dry run. */
async function speedOf(
  { opened: { backend } }: Stage,
  calls: readonly ForecastCall[],
  notes: string[],
): Promise<Speed | undefined> {
  if (isClient(backend)) return undefined;
  const signal = AbortSignal.timeout(longestProbe);
  try {
    return await probeSpeed(backend, calls, signal);
  } catch (error) {
    notes.push(
      `no forecast of the time: ${signal.aborted ? `the probe took longer than ${longestProbe / 1000} s` : plainText((error as Error).message)}`,
    );
    return undefined;
  }
}

/** In words: what a forecast rests on, and what it leaves out. */
export function basisOf({ promptMs, tokenMs, shortest, calls, tokens }: Speed): string {
  return [
    `${rangeWords(promptMs)} ms for each token of a prompt and ${rangeWords(tokenMs)} ms for each of an answer, by ${calls} short calls of the baseline just now (${tokens} tokens)`,
    `answers from ${shortest} ${shortest === 1 ? 'token' : 'tokens'}, the shortest of these calls, to their limit`,
    'other policies as fast as the baseline; starting and scoring left out',
  ].join('; ');
}

/** `0.82 to 0.95`, or `0.82` where both are alike. */
function rangeWords({ low, high }: Range): string {
  const [from, to] = [low, high].map((value) => (value < 10 ? value.toPrecision(2) : value.toFixed(0)));
  return from === to ? `${from}` : `${from} to ${to}`;
}
