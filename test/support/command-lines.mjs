/**
 * Several command lines in one process, one after the other: to start a program takes longer than most of what is asked
 * of it. Each runs the built entry of the command line anew; what it imports is loaded once.
 *
 *   node command-lines.mjs '[["report","a"],["runn"]]'   → [{ "code": 2, "out": "", "err": "…" }, …]
 */
const entry = new URL('../../dist/cli/main.js', import.meta.url).href;
const [node, self, lines] = process.argv;
// Each command listens for the end of the process.
process.setMaxListeners(0);
process.stdout.setMaxListeners(0);

const written = { out: '', err: '' };
const { stdout, stderr } = process;
const write = stdout.write.bind(stdout);
const collect = (name) => (text, encoding, done) => {
  written[name] += String(text);
  (typeof encoding === 'function' ? encoding : done)?.();
  return true;
};
stdout.write = collect('out');
stderr.write = collect('err');

const ended = [];
for (const [at, words] of JSON.parse(lines).entries()) {
  Object.assign(written, { out: '', err: '' });
  process.exitCode = 0;
  process.argv = [node, self, ...words];
  await import(`${entry}?${at}`);
  ended.push({ code: process.exitCode, ...written });
}
process.exitCode = 0;
write(JSON.stringify(ended));
