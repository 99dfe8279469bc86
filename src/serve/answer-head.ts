import { randomBytes, randomUUID } from 'node:crypto';
import { hash } from '../core/index.ts';
import type { AnswerHead } from '../wire/index.ts';
import type { ServeRequest } from './read-request.ts';

export function headOf({ model, call }: ServeRequest): AnswerHead {
  return {
    id: `chatcmpl-${randomUUID()}`,
    requestId: `req_${randomBytes(14).toString('hex')}`,
    model: model.name,
    seed: call.seed,
    flavour: 'groq',
    created: Math.floor(Date.now() / 1000),
    fingerprint: `fp_${hash(model.identity).slice(0, 10)}`,
  };
}
