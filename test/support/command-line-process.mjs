/**
 * Command lines in one process, one after the other: to start a program takes longer than most of what is asked of it.
 * Each runs the built entry anew; what it imports is loaded once. Started by `command-line.ts`.
 */
const entry = new URL('../../dist/cli/main.js', import.meta.url).href;
const [node, self] = process.argv;
// Each command listens for the end of the process.
process.setMaxListeners(0);
process.stdout.setMaxListeners(0);

let written = { out: '', err: '' };
const collect = (name) => (text, encoding, done) => {
  written[name] += String(text);
  (typeof encoding === 'function' ? encoding : done)?.();
  return true;
};
process.stdout.write = collect('out');
process.stderr.write = collect('err');

let lines = 0;
let last = Promise.resolve();
process.on('message', ({ words, env }) => {
  last = last.then(async () => {
    written = { out: '', err: '' };
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
    process.exitCode = 0;
    process.argv = [node, self, ...words];
    await import(`${entry}?${++lines}`);
    process.send({ code: process.exitCode, ...written });
    process.exitCode = 0;
  });
});
