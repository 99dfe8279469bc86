/** The simulator's own books: its limits, as a provider counts them, and who broke them. */

export interface LimitOptions {
  /** Requests a minute and a day, tokens a minute and a day. Absent: no limit. */
  rpm?: number;
  rpd?: number;
  tpm?: number;
  tpd?: number;
}

export type LimitName = keyof LimitOptions;

export interface Refusal {
  limit: LimitName;
  allowed: number;
  used: number;
  requested: number;
  /** Milliseconds until it would fit; undefined where it never will. */
  after?: number;
}

export interface AccountFacts {
  requests: number;
  admitted: number;
  finished: number;
  aborted: number;
  /** Requests that came above a limit, by limit. */
  violations: Record<LimitName, number>;
  promptTokens: number;
  completionTokens: number;
  /** Requests that arrived in each second since the first one. */
  perSecond: number[];
  connections: number;
  faults: Record<string, number>;
}

interface Level {
  allowed: number;
  left: number;
  perMillisecond: number;
}

const windows: Record<LimitName, number> = { rpm: 60_000, rpd: 86_400_000, tpm: 60_000, tpd: 86_400_000 };

/** Groq's durations, as Go writes them: `400ms`, `7.66s`, `2m52.8s`, `1h16m19.2s`. */
export function goDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.ceil(milliseconds)}ms`;
  const seconds = milliseconds / 1000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${Number((seconds % 60).toFixed(3))}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

export interface Account {
  /** Charges a request before its answer exists, or says which limit it breaks. */
  admit(tokens: number, time: number): Refusal | undefined;
  /** Gives back what was charged and not used. */
  refund(tokens: number): void;
  /** `x-ratelimit-*` as of now. */
  headers(time: number): Record<string, string>;
  arrived(time: number): void;
  readonly facts: AccountFacts;
}

export function openAccount(options: LimitOptions): Account {
  const levels = new Map<LimitName, Level>();
  for (const name of Object.keys(windows) as LimitName[]) {
    const allowed = options[name];
    if (allowed !== undefined) levels.set(name, { allowed, left: allowed, perMillisecond: allowed / windows[name] });
  }
  const facts: AccountFacts = {
    requests: 0,
    admitted: 0,
    finished: 0,
    aborted: 0,
    violations: { rpm: 0, rpd: 0, tpm: 0, tpd: 0 },
    promptTokens: 0,
    completionTokens: 0,
    perSecond: [],
    connections: 0,
    faults: {},
  };
  let updated: number | undefined;
  let first: number | undefined;

  function refill(time: number): void {
    const passed = Math.max(0, time - (updated ?? time));
    updated = time;
    for (const level of levels.values())
      level.left = Math.min(level.allowed, level.left + passed * level.perMillisecond);
  }

  const amount = (name: LimitName, tokens: number) => (name.startsWith('r') ? 1 : tokens);

  function broken(tokens: number): Refusal | undefined {
    for (const [limit, level] of levels) {
      const requested = amount(limit, tokens);
      if (requested <= level.left) continue;
      const used = Math.round(level.allowed - level.left);
      const after = requested > level.allowed ? undefined : (requested - level.left) / level.perMillisecond;
      return { limit, allowed: level.allowed, used, requested, ...(after === undefined ? {} : { after }) };
    }
    return undefined;
  }

  return {
    facts,
    arrived(time) {
      first ??= time;
      const second = Math.floor((time - first) / 1000);
      while (facts.perSecond.length <= second) facts.perSecond.push(0);
      facts.perSecond[second]!++;
      facts.requests++;
    },
    admit(tokens, time) {
      refill(time);
      const refusal = broken(tokens);
      if (refusal) {
        facts.violations[refusal.limit]++;
        return refusal;
      }
      for (const [name, level] of levels) level.left -= amount(name, tokens);
      facts.admitted++;
      return undefined;
    },
    refund(tokens) {
      for (const name of ['tpm', 'tpd'] as const) {
        const level = levels.get(name);
        if (level) level.left = Math.min(level.allowed, level.left + tokens);
      }
    },
    headers(time) {
      refill(time);
      const headers: Record<string, string> = {};
      const put = (name: LimitName, suffix: string) => {
        const level = levels.get(name);
        if (!level) return;
        headers[`x-ratelimit-limit-${suffix}`] = String(level.allowed);
        headers[`x-ratelimit-remaining-${suffix}`] = String(Math.max(0, Math.floor(level.left)));
        headers[`x-ratelimit-reset-${suffix}`] = goDuration((level.allowed - level.left) / level.perMillisecond);
      };
      put('rpd', 'requests');
      put('tpm', 'tokens');
      return headers;
    },
  };
}
