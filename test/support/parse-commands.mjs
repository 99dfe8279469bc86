/**
 * Command lines read by the real program without being carried out: arguments and flags by its commander commands, then
 * values, names, parameters and `--set` keys by what makes a configuration of them. Started by documented-commands.test.ts.
 */
import { Command } from 'commander';

const dist = (path) => new URL(`../../dist/${path}`, import.meta.url).href;
const { loadConfig, planSweep } = await import(dist('ttcbench/index.js'));
const [node, self] = process.argv;
process.setMaxListeners(0);
process.exit = (code) => {
  throw new Error(`exit ${code}`);
};
process.stdout.setMaxListeners(0);

let said = '';
let isRead = false;
let isShort = false;
const collect = (text, encoding, done) => {
  said += String(text);
  (typeof encoding === 'function' ? encoding : done)?.();
  return true;
};
process.stdout.write = collect;
process.stderr.write = collect;

/** Commands whose own definition is loaded when they are called. */
const isLazy = (command) => command.registeredArguments[0]?.name() === 'arguments';
const nameOf = (command) => command.name().replace(/^ttcbench /, '');
const prefixed = (set, prefix) => (set ?? []).map((one) => `${prefix}.${one}`);

const { action } = Command.prototype;
/** @this {Command} */
Command.prototype.action = function check(carryOut) {
  return action.call(this, async (...given) => {
    if (isLazy(this)) return carryOut.apply(this, given);
    await checkValues(nameOf(this), given.at(-2), given);
    isRead = true;
  });
};

async function checkValues(name, flags, given) {
  const options = { env: {}, folder: '.' };
  if ((isShort || name === 'demo') && !flags.policy && !flags.all) flags.policy = ['baseline'];
  if (name === 'run' || name === 'demo') await loadConfig({ ...options, flags });
  else if (name === 'sweep') {
    const { param, ...others } = flags;
    const values = param.map((text) => [text.slice(0, text.indexOf('=')), valuesOf(text)]);
    await planSweep({ ...options, flags: others }, Object.fromEntries(values));
  } else if (name === 'serve' && flags.policy) {
    const set = (flags.set ?? []).map((one) =>
      flags.policy.includes('+') ? `policies.${one}` : `policies.${flags.policy}.${one}`,
    );
    await loadConfig({ ...options, flags: { policy: [flags.policy], set } });
  } else if (name === 'make' && flags.set)
    await loadConfig({
      ...options,
      flags: { policy: ['baseline'], benchmark: [given[0]], set: prefixed(flags.set, `benchmarks.${given[0]}`) },
    });
  else if (name === 'report' || name === 'rescore') {
    const { margin, slo, metrics } = flags;
    await loadConfig({ ...options, flags: { policy: ['baseline'], margin, slo, metrics } });
  }
}

function valuesOf(text) {
  return text
    .slice(text.indexOf('=') + 1)
    .split(',')
    .map((word) => (/^-?[\d.]+$/.test(word) ? Number(word) : word));
}

let lines = 0;
let last = Promise.resolve();
process.on('message', ({ words, mayBeShort }) => {
  last = last.then(async () => {
    isShort = mayBeShort;
    said = '';
    isRead = false;
    process.exitCode = 0;
    process.argv = [node, self, ...words];
    await import(`${dist('cli/main.js')}?${++lines}`);
    process.exitCode = 0;
    process.send({ isRead, said });
  });
});
