/**
 * A set of the user's own: `--benchmark ./mine.jsonl`, one JSON object a line, any scorers.
 *
 *   {"id": "1", "prompt": "What is the capital of Peru?", "reference": "Lima"}
 *   {"id": "2", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
 *    "reference": "Hello", "family": "greeting", "stop": ["\n"], "max_tokens": 8}
 *
 *   scores of the answer "lima" with --scorer exact_match,f1:  exact_match 0, precision 1, recall 1, f1 1
 */
import { basename } from 'node:path';
import { z } from 'zod';
import { type Benchmark, hash, readText, type Scores, validate } from '../../core/index.ts';
import { singleTurn } from '../single-turn.ts';
import { type OwnSample, readSamples } from './read-samples.ts';
import { type ScorerName, scorers } from './scorers.ts';

const scorerName = z.enum(Object.keys(scorers) as [ScorerName, ...ScorerName[]]);

const options = z.strictObject({
  scorer: z
    .union([z.string().transform((names) => names.split(',').map((name) => name.trim())), z.array(z.string())])
    .pipe(z.array(scorerName).nonempty())
    .default(['exact_match', 'rouge'])
    .describe('which scorers judge the answers; the first score of the first is the headline'),
});

export type OwnFileOptions = z.output<typeof options>;

/**
 * Reads a user's file; its version is the hash of the content, so a changed file never resumes an old run.
 * @throws TtcError E_DATA (no such file, too large, not UTF-8, or damaged: with line and field), E_CONFIG (an unknown scorer)
 */
export async function ownFile(path: string, given: unknown = {}): Promise<Benchmark<OwnSample, OwnFileOptions>> {
  const content = await readText(path, { name: `the benchmark file ${path}` });
  const samples = readSamples(content, path);
  const { scorer } = validate(options, given, `${path}, --scorer`);
  return {
    name: basename(path),
    version: hash(content),
    about: `${samples.length} samples from a file of the user's own`,
    licence: "the user's own",
    options,
    maxTokens: 512,
    scores: [...new Set(scorer.flatMap((name) => scorers[name].gives))],
    open: ({ scorer }) =>
      singleTurn({
        samples,
        messages: (sample) => sample.messages,
        limits: ({ stop, maxTokens }) => ({ ...(stop && { stop }), ...(maxTokens !== undefined && { maxTokens }) }),
        score: ({ reference }, { text }): Scores =>
          Object.assign({}, ...scorer.map((name) => scorers[name].score(text, reference))),
      }),
  };
}
