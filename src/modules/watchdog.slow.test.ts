/** Code of a user's own that never gives control back: the built modules, in a process of their own. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const place = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../dist/${path}`, import.meta.url)));

/** A process that is ended after one second of such code, and after ten seconds in any case. */
function play(text: string) {
  const begun = `
    import { armWatchdog } from ${place('modules/watchdog.js')};
    import { enterUserCode, inUserCode, openBlaming } from ${place('core/index.js')};
    import { userMetric } from ${place('metrics/user-metric.js')};
    armWatchdog(1);
    const metric = (score) => userMetric('mine', score);
    const measure = (score) => metric(score).of({ answer: { text: 'a' } }, { sample: { id: 's7', reference: 'b' } });
    const policy = (open) => openBlaming(() => open, '/x/mine.mjs');
    const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  `;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', begun + text], {
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGTERM',
  });
  return { status, signal, stdout: stdout.trim(), stderr };
}

describe('code of the user’s own that never gives control back', () => {
  it.each([
    ['a metric that loops', 'measure(() => { for (;;); });', /E_POLICY: the metric mine, at sample s7, has not given/],
    ['one that loops after an await', 'await measure(async () => { await wait(5); for (;;); });', /the metric mine/],
    [
      'a client policy that loops between two parts',
      `const opened = await policy(async function* () { await wait(5); for (;;); });
       for await (const part of opened({}, { meter: {}, signal: AbortSignal.timeout(99999) })) console.log(part);`,
      /E_POLICY: the policy mine\.mjs has not given control back for 1 s/,
    ],
  ])('%s is ended and named', (_, text, words) => {
    const { signal, stderr } = play(text);
    expect(signal).toBe('SIGKILL');
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/finished trials are safe/);
  });

  it.each([
    ['waits without computing', 'await measure(() => wait(2500)); console.log("over");'],
    [
      'computes again and again for a short time',
      'const spin = () => { for (const end = Date.now() + 200; Date.now() < end; ); };' +
        'for (let i = 0; i < 12; i++) measure(spin); console.log("over");',
    ],
    [
      'is over before other code loops',
      'measure(() => 1); for (const end = Date.now() + 2500; Date.now() < end; ); console.log("over");',
    ],
    ['is entered and ends with the process', 'measure(() => 1); console.log("over");'],
  ])('one that %s is let be', (_, text) => {
    expect(play(text)).toMatchObject({ status: 0, stdout: 'over', stderr: '' });
  });
});
