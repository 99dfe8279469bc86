/** The data that perf/statistics.mjs draws: pairs with known means, and pairs without an effect. All draws are seeded. */

/** sfc32 (Doty-Humphrey): billions of draws would run a 32-bit generator round its cycle. */
function createLongRandom() {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  };
}
export const random = createLongRandom();
/** Standard normal (Box and Muller). */
export const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
export const logNormal = (sigma) => Math.exp(sigma * normal());

/** Paired values with known means. A pair is [policy, baseline]. */
export const families = {
  'normal differences': { pair: () => [0.3 + normal(), 0], difference: 0.3 },
  'log-normal differences, σ = 0.5': { pair: () => [logNormal(0.5), 0], difference: Math.exp(0.125) },
  'log-normal differences, σ = 1': { pair: () => [logNormal(1), 0], difference: Math.exp(0.5) },
  'two log-normals, σ = 1': { pair: () => [1.1 * logNormal(1), logNormal(1)], difference: 0.1 * Math.exp(0.5) },
  'binary, 20 % up, 10 % down': { pair: () => binary(0.2, 0.1), difference: 0.1, score: true },
  'scores, 30 % differ': {
    pair: () => [0.5 + (random() < 0.3 ? 0.3 * normal() - 0.1 : 0), 0.5],
    difference: -0.03,
    score: true,
  },
  'two log-normals, σ = 1, ratio': { pair: () => [1.1 * logNormal(1), logNormal(1)], ratio: 1.1 },
  'times, shared spread': { pair: times, ratio: 0.9 },
  'times with stalls': { pair: stalling, ratio: 0.9 },
};
/** No bar, but named in the words where it is below: the events are too rare to be seen in small samples. */
export const rare = { 'binary, 8 % up, 4 % down': { pair: () => binary(0.08, 0.04), difference: 0.04, score: true } };

function binary(up, down) {
  const chance = random();
  const wins = chance < up;
  const loses = !wins && chance < up + down;
  const both = wins || loses ? 0 : random() < 0.6 ? 1 : 0;
  return [wins ? 1 : both, loses ? 1 : both];
}

/** Easy and hard samples; the policy takes 0.9 of the baseline's time, give or take 10 %. */
export function times() {
  const base = 100 * logNormal(0.8);
  return [(0.9 * base * logNormal(0.1)) / Math.exp(0.005), base];
}

/** The same machine stalls now and then: one call in twenty takes three times as long. */
export function stalling() {
  const [policy, base] = times();
  const stall = () => (random() < 0.05 ? 3 : 1);
  return [policy * stall(), base * stall()];
}

export function draw(pair, n) {
  const values = new Float64Array(n);
  const baseline = new Float64Array(n);
  for (let i = 0; i < n; i++) [values[i], baseline[i]] = pair();
  return { values, baseline };
}

/** Nothing differs: policy and baseline are draws of one distribution. */
export const nothing = {
  normal: () => [normal(), normal()],
  'log-normal, σ = 1': () => [logNormal(1), logNormal(1)],
  'binary, 30 % differ': () => binary(0.15, 0.15),
  'times, shared spread': () => {
    const base = 100 * logNormal(0.8);
    return [base * logNormal(0.1), base * logNormal(0.1)];
  },
};

/** The means are equal and nothing else is: no null of a sign-flip test. No bar, but told. */
export const equalMeans = {
  'skewed differences, σ = 0.5': () => [logNormal(0.5) - Math.exp(0.125), 0],
  'skewed differences, σ = 1': () => [logNormal(1) - Math.exp(0.5), 0],
  'times, only the policy stalls': () => {
    const base = 100 * logNormal(0.8);
    return [(base * logNormal(0.1) * (random() < 0.05 ? 3 : 1)) / 1.1, base * logNormal(0.1)];
  },
};
