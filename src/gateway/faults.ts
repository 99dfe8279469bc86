/** Everything that can go wrong with a stream, as rewrites of its script. Each is a thing some server has been seen to do. */
import { TtcError } from '../core/index.ts';
import { done, errorBody, sse } from '../wire/index.ts';
import {
  compressed,
  cut,
  cutAt,
  fieldsOf,
  insert,
  isData,
  mapFrames,
  mapText,
  merged,
  usageIn,
  without,
} from './rewrites.ts';
import { type Frame, plainScript, type Script } from './script.ts';

export interface FaultContext {
  /** Token before which a fault in the middle strikes. */
  at: number;
  model: string;
}

interface Fault {
  about: string;
  apply(script: Script, context: FaultContext): Script;
}

const page = (status: number, words: string) =>
  `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>${words}</h1></body></html>`;

const refusal = (status: number, body: object | string, headers: Record<string, string> = {}) => ({
  apply: () => plainScript(status, body, headers),
});

const rateLimit = (model: string, wait: string, window: string) =>
  errorBody(
    `Rate limit reached for model \`${model}\` in organization \`org_simulated\` service tier \`on_demand\` on tokens per ${window}: Limit 100, Used 99, Requested 4. Please try again in ${wait}.`,
    'tokens',
    { code: 'rate_limit_exceeded' },
  );

const toolError = errorBody('Tool choice is required, but model did not call a tool', 'invalid_request_error', {
  code: 'tool_use_failed',
  failed_generation: '',
  status_code: 400,
});

export const faults = {
  'no-role': { about: 'no opening event with the role', apply: (script) => without(script, 'role') },
  'role-early': {
    about: 'the opening event comes at once, long before the first token',
    apply: (script) => mapFrames(script, (frame) => (frame.kind === 'role' ? { ...frame, at: 0 } : frame)),
  },
  'many-tokens': { about: 'four tokens in each event', apply: (script) => merged(script, 4) },
  'empty-content': {
    about: 'an event with empty content in the middle',
    apply: (script, { at }) =>
      insert(script, at, sse({ choices: [{ index: 0, delta: { content: '' }, finish_reason: null }] })),
  },
  'usage-finish': { about: 'usage only in the finish event', apply: (script) => usageIn(script, ['finish']) },
  'usage-extra': { about: 'usage only in an event of its own', apply: (script) => usageIn(script, ['usage']) },
  'usage-both': {
    about: 'usage in the finish event and in its own',
    apply: (script) => usageIn(script, ['finish', 'usage']),
  },
  'usage-none': { about: 'no usage at all', apply: (script) => usageIn(script, []) },
  'usage-null': { about: 'usage is null in every event', apply: (script) => usageIn(script, [], null) },
  'keep-alive': {
    about: 'comments between the events',
    apply: (script) => mapText(script, (frame) => `: keep-alive\n\n${frame}`),
  },
  crlf: { about: 'lines end in CR LF', apply: (script) => mapText(script, (frame) => frame.replaceAll('\n', '\r\n')) },
  'split-bytes': {
    about: 'every byte in a write of its own, cutting characters and line ends',
    apply: (script) =>
      mapFrames(
        mapText(script, (frame) => frame.replaceAll('\n', '\r\n')),
        (frame) => Array.from(frame.bytes, (byte) => ({ ...frame, bytes: Buffer.of(byte) })),
      ),
  },
  coalesced: {
    about: 'all events in one write, at the time of the last',
    apply: (script) => ({
      ...script,
      frames: [
        { at: script.frames.at(-1)?.at ?? 0, bytes: Buffer.concat(script.frames.map((f) => f.bytes)), kind: 'other' },
      ],
    }),
  },
  'no-space': {
    about: '`data:` without a space',
    apply: (script) => mapText(script, (frame) => frame.replaceAll('data: ', 'data:')),
  },
  'multi-line': {
    about: 'JSON spread over several data lines',
    apply: (script) =>
      mapFrames(script, (frame) =>
        isData(frame)
          ? {
              ...frame,
              bytes: Buffer.from(`${JSON.stringify(fieldsOf(frame), null, 1).replaceAll(/^/gm, 'data: ')}\n\n`),
            }
          : frame,
      ),
  },
  bom: {
    about: 'a byte order mark before the first event',
    apply: (script) => ({
      ...script,
      frames: [{ at: 0, bytes: Buffer.from('\ufeff'), kind: 'other' }, ...script.frames],
    }),
  },
  'huge-line': {
    about: 'an event of 300 kB',
    apply: (script, { at }) => insert(script, at, sse({ choices: [], padding: 'x'.repeat(300_000) })),
  },
  'invalid-utf8': {
    about: 'bytes that are no UTF-8 within a token',
    apply: (script, { at }) =>
      insert(
        script,
        at,
        Buffer.concat([
          Buffer.from('data: {"choices":[{"delta":{"content":"'),
          Buffer.of(0xff, 0xc3),
          Buffer.from('"}}]}\n\n'),
        ]),
      ),
  },
  'not-json': {
    about: 'an event that is no JSON',
    apply: (script, { at }) => insert(script, at, Buffer.from('data: {oops\n\n')),
  },
  'error-event': {
    about: 'a named error event in the middle, then the end (Groq)',
    apply: (script, { at }) =>
      cut(script, at, 'end', Buffer.from(`event: error\ndata: ${JSON.stringify(toolError)}\n\n`)),
  },
  'error-data': {
    about: 'an error as data in the middle, then [DONE] (vLLM)',
    apply: (script, { at }) =>
      cut(script, at, 'end', sse(errorBody('engine died', 'internal_error', { code: 500 })), done),
  },
  reset: { about: 'the connection is reset in the middle', apply: (script, { at }) => cut(script, at, 'reset') },
  fin: { about: 'the socket ends in the middle of the body', apply: (script, { at }) => cut(script, at, 'fin') },
  truncated: {
    about: 'a clean end without finish reason and [DONE]',
    apply: (script, { at }) => cut(script, at, 'end'),
  },
  'no-done': { about: 'a finish reason, but no [DONE]', apply: (script) => without(script, 'done') },
  stall: { about: 'silence in the middle, for ever', apply: (script, { at }) => cut(script, at, 'hang') },
  'stall-comments': {
    about: 'only comments in the middle, for ever',
    apply: (script, { at }) => {
      const stopped = cut(script, at, 'hang');
      const from = stopped.frames.at(-1)?.at ?? 0;
      const pings = Array.from(
        { length: 400 },
        (_, i): Frame => ({ at: from + i * 5, bytes: Buffer.from(': ping\n\n'), kind: 'other' }),
      );
      return { ...stopped, frames: [...stopped.frames, ...pings] };
    },
  },
  'no-first-token': { about: 'a head, but never a token', apply: (script) => ({ ...script, frames: [], end: 'hang' }) },
  hang: {
    about: 'no answer at all, for ever',
    apply: (script) => ({ ...script, headAt: null, frames: [], end: 'hang' }),
  },
  'reset-early': {
    about: 'the connection is reset before any answer',
    apply: (script) => ({ ...script, headAt: null, frames: [], end: 'reset' }),
  },
  'html-403': { about: 'a firewall page', ...refusal(403, page(403, 'Sorry, you have been blocked')) },
  'html-502': { about: 'a gateway page', ...refusal(502, page(502, 'Bad gateway')) },
  'html-200': { about: 'a page with status 200', ...refusal(200, page(200, 'Welcome to the network')) },
  'rate-limit': {
    about: '429 with retry-after',
    apply: (_, { model }) => plainScript(429, rateLimit(model, '10ms', 'minute (TPM)'), { 'retry-after': '0.01' }),
  },
  'rate-limit-bare': {
    about: '429 without retry-after',
    apply: (_, { model }) => plainScript(429, rateLimit(model, '10ms', 'minute (TPM)'), {}),
  },
  'rate-limit-long': {
    about: '429 with a retry-after of an hour',
    apply: (_, { model }) => plainScript(429, rateLimit(model, '1h', 'minute (TPM)'), { 'retry-after': '3600' }),
  },
  'daily-limit': {
    about: '429 of a limit per day',
    apply: (_, { model }) => plainScript(429, rateLimit(model, '6m54.72s', 'day (TPD)'), { 'retry-after': '1' }),
  },
  'too-large': {
    about: '413: the request never fits',
    ...refusal(413, errorBody('Request too large', 'tokens', { code: 'rate_limit_exceeded' })),
  },
  flex: {
    about: '498: no flex capacity',
    ...refusal(498, errorBody('`flex` tier capacity exceeded', 'capacity_exceeded')),
  },
  overload: {
    about: '503: over capacity',
    ...refusal(503, errorBody('the model is currently over capacity', 'internal_server_error')),
  },
  'bad-key': {
    about: '401',
    ...refusal(401, errorBody('Invalid API Key', 'invalid_request_error', { code: 'invalid_api_key' })),
  },
  gzip: { about: 'a gzip body although identity was asked for', apply: (script) => compressed(script, 'gzip') },
  br: { about: 'a brotli body although identity was asked for', apply: (script) => compressed(script, 'br') },
  duplicate: {
    about: 'an event that comes twice',
    apply: (script, { at }) => insert(script, at, script.frames[cutAt(script, at)]?.bytes ?? done),
  },
  'after-done': {
    about: 'an event after [DONE]',
    apply: (script) => ({
      ...script,
      frames: [
        ...script.frames,
        { at: script.frames.at(-1)?.at ?? 0, bytes: sse({ choices: [{ delta: { content: 'late' } }] }), kind: 'other' },
      ],
    }),
  },
  'open-after-done': { about: 'the body stays open after [DONE]', apply: (script) => ({ ...script, end: 'hang' }) },
  goaway: {
    about: 'the server closes the connection after the answer (what GOAWAY is in HTTP/2)',
    apply: (script) => ({ ...script, headers: { ...script.headers, connection: 'close' } }),
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

export interface FaultChoice {
  name: FaultName;
  /** Share of requests. */
  share: number;
  /** Token at which it strikes, for faults in the middle. */
  at: number;
}

/** `NAME[@token][:share]`. */
export function parseFault(text: string): FaultChoice {
  const match = /^([a-z0-9-]+)(?:@(\d+))?(?::([\d.]+))?$/.exec(text);
  const name = match?.[1] ?? text;
  if (!match || !Object.hasOwn(faults, name))
    throw new TtcError('E_ARGUMENT', `there is no fault ${name}`, {
      help: `faults: ${Object.keys(faults).join(', ')}`,
    });
  const share = match[3] === undefined ? 1 : Number(match[3]);
  if (!(share > 0 && share <= 1))
    throw new TtcError('E_ARGUMENT', `the share of fault ${name} is ${match[3]}`, {
      help: 'a share is above 0 and at most 1',
    });
  return { name: name as FaultName, share, at: match[2] === undefined ? 3 : Number(match[2]) };
}

/** Which fault strikes, by a number in [0, 1): shares stand side by side. */
export function drawFault(choices: readonly FaultChoice[], drawn: number): FaultChoice | undefined {
  let from = 0;
  return choices.find((choice) => {
    from += choice.share;
    return drawn < from;
  });
}

export const applyFault = (script: Script, { name, at }: FaultChoice, model: string): Script =>
  (faults[name] as Fault).apply(script, { at, model });
