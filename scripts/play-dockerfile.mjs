// Plays the steps of the Dockerfile without Docker: each stage has a folder that stands for its root.
// node scripts/play-dockerfile.mjs FOLDER [--here] [WORDS...]
// --here: the first stage is this checkout as it stands, installed and built; only its last step, the packing, is played.
// WORDS: what the container is started with, in place of CMD; `--` alone starts nothing.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean);

/** @returns instructions of each stage, with lines that a backslash continues joined */
export function readStages(text) {
  const stages = [];
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    const [, word, rest] = /^([A-Z]+)\s+(.+)$/.exec(line.trim()) ?? [];
    if (word === 'FROM') stages.push({ from: rest.split(' ')[0], name: / AS (\S+)/i.exec(rest)?.[1], steps: [] });
    else if (word) stages.at(-1).steps.push([word, rest.trim()]);
  }
  return stages;
}

/** Names in a folder that a pattern with stars in its last part names. */
function matches(pattern) {
  const wanted = new RegExp(`^${basename(pattern).replace(/[.+]/g, '\\$&').replace(/\*/g, '.*')}$`);
  return readdirSync(dirname(pattern))
    .filter((name) => wanted.test(name))
    .map((name) => join(dirname(pattern), name));
}

/** @returns how the container of the last stage would be started */
export function playDockerfile(folder, { here = false } = {}) {
  const stages = readStages(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  const places = new Map();
  let start;
  for (const [at, { name, steps }] of stages.entries()) {
    const isHere = here && at === 0;
    const place = isHere ? null : join(folder, name ?? 'image');
    places.set(name, place);
    const within = (path, stage = place) =>
      stage === null ? join(root, path.replace(/^\/src\/?/, '')) : join(stage, path);
    const env = { ...process.env };
    let workdir = '/';
    let entry = [];
    for (const [word, rest] of isHere
      ? steps
          .filter(([, step]) => /npm pack/.test(step))
          .concat([['WORKDIR', '/src']])
          .reverse()
      : steps) {
      if (word === 'WORKDIR') {
        workdir = rest;
        mkdirSync(within(workdir), { recursive: true });
      } else if (word === 'ENV') {
        const [, key, value] = /^(\w+)=(.*)$/.exec(rest);
        env[key] = value.startsWith('/') ? within(value) : value;
      } else if (word === 'RUN') {
        const { status } = spawnSync('sh', ['-c', rest], { cwd: within(workdir), env, stdio: ['ignore', 2, 2] });
        if (status !== 0) throw new Error(`RUN ${rest}: exit code ${status}`);
      } else if (word === 'COPY') copy(rest, { within, workdir, places });
      else if (word === 'ENTRYPOINT')
        entry = JSON.parse(rest).map((part) => (part.startsWith('/') ? within(part) : part));
      else if (word === 'CMD') start = { entry, words: JSON.parse(rest), cwd: within(workdir), env };
      else throw new Error(`${word} is not known here`);
    }
  }
  return start;
}

function copy(rest, { within, workdir, places }) {
  const [, stage, words] = /^(?:--from=(\S+) )?(.*)$/.exec(rest);
  const parts = words.split(/\s+/);
  const to = within(join(workdir, parts.at(-1)));
  for (const part of parts.slice(0, -1)) {
    const pattern = stage === undefined ? join(root, part) : within(part, places.get(stage));
    if (part === '.') cpSync(root, to, { recursive: true, filter: (path) => !isIgnored(path) });
    else
      for (const path of matches(pattern))
        cpSync(path, parts.at(-1).endsWith('/') ? join(to, basename(path)) : to, { recursive: true });
  }
}

const isIgnored = (path) =>
  dirname(path) === root &&
  ignored.some((pattern) => pattern === basename(path) || (pattern === '*.tgz' && path.endsWith('.tgz')));

if (process.argv[1] === import.meta.filename) {
  const [folder = 'docker-steps', ...rest] = process.argv.slice(2);
  const here = rest[0] === '--here';
  const words = here ? rest.slice(1) : rest;
  const { entry, words: usual, cwd, env } = playDockerfile(resolve(folder), { here });
  if (words[0] === '--') process.exit(0);
  const [program, ...first] = entry;
  const { status } = spawnSync(program, [...first, ...(words.length > 0 ? words : usual)], {
    cwd,
    env,
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
