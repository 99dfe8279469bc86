/** Quantiles of the normal and of Student's distribution. */

/** a0 + a1 x + a2 x² + … */
const polynomial = (coefficients: readonly number[], x: number) =>
  coefficients.reduceRight((value, coefficient) => value * x + coefficient, 0);

// Wichura 1988, Algorithm AS 241 (PPND16): numerators and denominators for the centre, the shoulders and the tails.
const centre = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852546,
  ],
] as const;
const shoulder = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const;
const tail = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const;
const rational = ([above, below]: readonly [readonly number[], readonly number[]], x: number) =>
  polynomial(above, x) / polynomial(below, x);

/** Inverse of the standard normal distribution function, accurate to about 1e-16 relative. ±Infinity at 0 and 1. */
export function normalQuantile(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) return Number.NaN;
  if (probability === 0 || probability === 1) return probability === 0 ? -Infinity : Infinity;
  const offset = probability - 0.5;
  if (Math.abs(offset) <= 0.425) return offset * rational(centre, 0.180625 - offset * offset);
  const r = Math.sqrt(-Math.log(offset < 0 ? probability : 1 - probability));
  return Math.sign(offset) * (r <= 5 ? rational(shoulder, r - 1.6) : rational(tail, r - 5));
}

/** Standard normal distribution function, by bisection of its inverse: for a few calls, not for inner loops. */
export function normalDistribution(z: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalQuantile(middle) < z) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Inverse of Student's distribution function for a probability in [0.5, 1) and a whole number of degrees of freedom.
 * Below 100 by Newton's method on the finite series, above by the Cornish–Fisher expansion
 * (Abramowitz and Stegun 26.7.3–5); relative error below 1e-8.
 */
export function studentQuantile(probability: number, freedom: number): number {
  if (!(probability >= 0.5 && probability < 1) || !(freedom >= 1)) return Number.NaN;
  if (freedom === 1) return Math.tan(Math.PI * (probability - 0.5));
  const start = cornishFisher(normalQuantile(probability), freedom);
  if (freedom >= 100) return start;
  let t = start;
  for (let step = 0; step < 60; step++) {
    const change = (studentDistribution(t, freedom) - probability) / studentDensity(t, freedom);
    t -= change;
    if (Math.abs(change) <= 1e-12 * Math.abs(t)) break;
  }
  return t;
}

function cornishFisher(z: number, freedom: number): number {
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((sum, term, index) => sum + term / freedom ** (index + 1), z);
}

/** Probability of a value below t ≥ 0: with tan θ = t/√ν a finite series in cos² θ. */
function studentDistribution(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle);
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = term;
  for (let k = odd ? 3 : 2; k < freedom - 1; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine;
    sum += term;
  }
  const central = odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return (1 + central) / 2;
}

/** The density, from the ratio Γ((ν+1)/2)/Γ(ν/2) built up by its recurrence. */
function studentDensity(t: number, freedom: number): number {
  let scale = freedom % 2 === 1 ? 1 / Math.PI : 1 / 2;
  for (let k = freedom % 2 === 1 ? 2 : 3; k < freedom; k += 2) scale *= k / (k - 1);
  return (scale / Math.sqrt(freedom)) * (1 + (t * t) / freedom) ** (-(freedom + 1) / 2);
}
