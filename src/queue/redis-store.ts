/** A run in Redis or Valkey. Keys begin with `ttcbench:RUN:`; `ttcbench:runs` is the list of runs. */
import type { Redis } from 'ioredis';
import type { Bucket } from './buckets.ts';
import { jobQueueOf, workerOptions } from './job-queue.ts';
import { optional } from './optional.ts';
import type { RunInStore, Store } from './store.ts';

const runsKey = 'ttcbench:runs';

/**
 * KEYS: pause, a bucket each. ARGV: size, rate and amount of each. Returns milliseconds to wait; 0: taken. By the
 * store's clock, so clocks of machines do not matter.
 */
const takeScript = `
local held = redis.call('PTTL', KEYS[1])
if held > 0 then return held end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local wait = 0
local levels = {}
for i = 2, #KEYS do
  local size, rate, amount = tonumber(ARGV[3 * i - 5]), tonumber(ARGV[3 * i - 4]), tonumber(ARGV[3 * i - 3])
  local level = tonumber(redis.call('HGET', KEYS[i], 'level') or size)
  local at = tonumber(redis.call('HGET', KEYS[i], 'at') or now)
  level = math.min(size, level + math.max(0, now - at) * rate)
  levels[i] = level - amount
  if level + 1e-6 < amount then wait = math.max(wait, (amount - level) / rate) end
end
if wait > 0 then return math.ceil(wait) end
for i = 2, #KEYS do redis.call('HSET', KEYS[i], 'level', tostring(levels[i]), 'at', string.format('%.3f', now)) end
return 0
`;

const giveScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HINCRBYFLOAT', KEYS[1], 'level', ARGV[1]) end
`;

/** Rejects where there is no answer before the signal. */
export async function connectRedis(url: string, late: AbortSignal): Promise<Store> {
  const [ioredis, bullmq] = await optional(
    () => Promise.all([import('ioredis'), import('bullmq')]),
    'bullmq@6.7.0 ioredis@5.11.1',
  );
  const connect = () => {
    const one = new ioredis.Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
    one.on('error', () => undefined);
    return one;
  };
  const redis = connect();
  let last = 'no answer';
  redis.on('error', (error: Error) => {
    last = error.message || last;
  });
  const silence = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(new Error(last)), { once: true });
  });
  try {
    await Promise.race([redis.ping(), silence]);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return {
    runs: async () => Object.entries(await redis.hgetall(runsKey)),
    open: (run) => openRun(redis, connect, bullmq, run),
    close: async () => redis.disconnect(),
  };
}

function openRun(redis: Redis, connect: () => Redis, bullmq: typeof import('bullmq'), run: string): RunInStore {
  const key = (what: string) => `ttcbench:${run}:${what}`;
  const [results, finished, workers, state, held] = ['results', 'finished', 'workers', 'state', 'pause'].map(key) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const bucketKey = (bucket: string) => `${key('bucket')}:${bucket}`;
  const prefix = `ttcbench:${run}`;
  /** One waits for notices, which blocks its connection. */
  let listener: Redis | undefined;
  return {
    begin: async () => void (await redis.del(state, workers, finished)),
    announce: async (text) => void (await redis.hset(runsKey, run, text)),
    async end() {
      await redis.set(state, 'over', 'PX', 60_000);
      await redis.hdel(runsKey, run);
    },
    isOver: async () => (await redis.get(state)) === 'over',
    result: async (one) => (await redis.hget(results, one)) ?? undefined,
    async handIn(one, text) {
      if ((await redis.hsetnx(results, one, text)) === 1) await redis.rpush(finished, one);
    },
    forget: async (one) => void (await redis.hdel(results, one)),
    async finished() {
      listener ??= connect();
      const notice = await listener.blpop(finished, 1);
      return notice ? [notice[1]] : [];
    },
    sign: async (worker, text) => void (await redis.hset(workers, worker, text)),
    signs: async () => Object.values(await redis.hgetall(workers)),
    async take(wanted) {
      const keys = [held, ...wanted.map(({ bucket }) => bucketKey(bucket.name))];
      const words = wanted.flatMap(({ bucket, amount }: { bucket: Bucket; amount: number }) => [
        ...[bucket.size, bucket.rate, amount],
      ]);
      return Number(await redis.eval(takeScript, keys.length, ...keys, ...words));
    },
    give: async (bucket, amount) => void (await redis.eval(giveScript, 1, bucketKey(bucket), amount)),
    hold: async (milliseconds) => void (await redis.set(held, '1', 'PX', milliseconds)),
    openQueue: () => jobQueueOf(new bullmq.Queue('trials', { prefix, connection: connect() })),
    work(play, concurrency) {
      const connection = connect();
      const worker = new bullmq.Worker('trials', ({ data }) => play(data), {
        ...{ ...workerOptions, connection, prefix, concurrency },
      });
      worker.on('error', () => undefined);
      return {
        async close() {
          await worker.close();
          connection.disconnect();
        },
      };
    },
    async close() {
      await redis.del(workers, finished, held).catch(() => undefined);
      listener?.disconnect();
    },
  };
}
