// @ts-check
/**
 * ttcbench as a library: one policy against the baseline, and what it did to time and score.
 *
 *   node examples/library.mjs
 *
 * Ctrl-C ends the run cleanly. The same program goes on where it stopped.
 */
import { loadConfig, startRun } from 'ttcbench';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());

// The keys are those of a configuration file: docs/configuration.md.
const resolved = await loadConfig({
  settings: { policies: ['speculative_decoding'], benchmarks: ['tiny-crm'], model: 'tiny8', samples: 8 },
});

const result = await startRun({
  resolved,
  signal: interrupted.signal,
  report: 'folder',
  onEvent: (event) => {
    if (event.type === 'trial') console.error(`${event.progress.done} of ${event.progress.total} trials`);
  },
});

console.log(`${result.status}, in ${result.folder}`);
for (const { policy_name, metrics, vs_baseline } of result.report?.cells ?? []) {
  const time = vs_baseline.generation_time;
  const score = metrics.reward?.mean.toFixed(3) ?? 'none';
  console.log(
    `${policy_name}: score ${score}${time ? `, time × ${time.ratio.mean?.toFixed(2)} (${time.verdict})` : ''}`,
  );
}
process.exitCode = result.exitCode;
