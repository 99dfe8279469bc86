/** Stores of a queue, started on a port of their own, for tests. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Asked for by nobody, and to be found in no file. */
export const password = 'word-of-the-store';

export interface StartedStore {
  url: string;
  kill(): void;
  /** Ends it, cutting its connections, and starts it again with what it holds. */
  restart?(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const stopped = (child: ChildProcess) => () => void child.kill('SIGKILL');

export async function startRedis(folder: string): Promise<StartedStore | undefined> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const port = await freePort();
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction'];
  const child = spawn('redis-server', [...words, '--dir', folder], { stdio: 'ignore' });
  return { url: `redis://127.0.0.1:${port}`, kill: stopped(child) };
}

/** Debian keeps the server's programs beside each version. */
function postgresPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

/** Postgres refuses to run as root: then it is started as its own user. */
export async function startPostgres(folder: string): Promise<StartedStore | undefined> {
  const bin = postgresPrograms();
  if (!bin) return undefined;
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' }).stdout.trim() : '';
  if (isRoot && user === '') return undefined;
  const data = join(folder, 'postgres');
  // Its user has to come by.
  if (isRoot) chmodSync(folder, 0o711);
  mkdirSync(data, { mode: 0o700 });
  if (isRoot) chownSync(data, Number(user), Number(user));
  const own = isRoot ? { uid: Number(user), cwd: '/' } : {};
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'ttcbench', '-A', 'trust', '--no-sync'], {
    ...own,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  async function start(): Promise<ChildProcess> {
    const child = spawn(
      join(bin as string, 'postgres'),
      ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', data],
      {
        ...own,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    for await (const text of child.stderr.iterator({ destroyOnReturn: false })) {
      said += text;
      if (said.includes('ready to accept connections')) break;
    }
    child.stderr.resume();
    if (!said.includes('ready to accept connections')) throw new Error(`postgres: ${said}`);
    return child;
  }
  let child = await start();
  return {
    url: `postgres://ttcbench:${password}@127.0.0.1:${port}/postgres`,
    kill: () => void child.kill('SIGKILL'),
    async restart() {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
      child = await start();
    },
  };
}
