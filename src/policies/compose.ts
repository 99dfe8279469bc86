/**
 * Compositions, `a+b`: variants that decide different things of a call run as one policy. One may decide which passes
 * run together (batching), one how the prompt gets into the cache (pruning, KV budgets), one every step of decoding.
 * The decode loop of that last one runs on the engine that the others decorate. Each realisation says with `decides` which
 * of the three it is.
 */
import {
  type AnyPolicy,
  type Decision,
  type Engine,
  type EngineRealisation,
  type Fidelity,
  type Policy,
  type Schema,
  type SchemaIssue,
  TtcError,
} from '../core/index.ts';
import { baseline } from './baseline/baseline.ts';
import { findVariant } from './index.ts';

interface Member {
  variant: string;
  policy: AnyPolicy;
  /** Parameters in which the variant differs from its policy's defaults. */
  base: Record<string, unknown>;
  engine: EngineRealisation<unknown>;
}

/** Parameters by variant. */
type Params = Record<string, unknown>;

export const isComposition = (name: string): boolean => name.includes('+');

/**
 * The policy behind `a+b`; its parameters stand under the names of its variants.
 * @throws E_POLICY for unknown names, E_NO_REALISATION for a member that the engine does not have; its realisation
 *   throws E_COMPOSE where two members decide the same with their parameters
 */
export function compose(name: string): Policy<Params> {
  const members = name.split('+').map(memberOf);
  const twice = members.find((member, at) => members.findIndex(({ policy }) => policy === member.policy) < at);
  if (twice) throw refused(`${twice.variant} stands in ${name} twice`);
  return {
    name,
    // Versions only rise, so their sum changes with each.
    version: members.reduce((sum, { policy }) => sum + policy.version, 0),
    about: members.map(({ policy }) => policy.about).join(' '),
    params: schemaOf(members),
    variants: { [name]: {} },
    neutral: Object.fromEntries(members.map(({ variant, policy, base }) => [variant, { ...base, ...policy.neutral }])),
    counters: Object.assign({}, ...members.map(({ policy }) => policy.counters)),
    engine: realise(members),
  };
}

function memberOf(variant: string): Member {
  const found = findVariant(variant);
  if (!found) throw new TtcError('E_POLICY', `there is no policy ${JSON.stringify(variant)}`);
  const { policy, params: base } = found;
  if (!policy.engine) {
    throw new TtcError('E_NO_REALISATION', `${variant} has no engine realisation`, { help: 'use it alone' });
  }
  return { variant, policy, base, engine: policy.engine };
}

function schemaOf(members: readonly Member[]): Schema<Params> {
  const validate = (value: unknown) => {
    const given = (value ?? {}) as Record<string, Record<string, unknown> | undefined>;
    const issues: SchemaIssue[] = Object.keys(given)
      .filter((key) => !members.some(({ variant }) => variant === key))
      .map((key) => ({ message: 'is not one of the composed policies', path: [key] }));
    const params: Params = {};
    for (const { variant, policy, base } of members) {
      const result = policy.params['~standard'].validate({ ...base, ...given[variant] });
      if (result instanceof Promise) throw new TtcError('E_POLICY', `${variant}: the schema validates asynchronously`);
      if (result.issues === undefined) params[variant] = result.value;
      else issues.push(...result.issues.map((issue) => ({ ...issue, path: [variant, ...(issue.path ?? [])] })));
    }
    return issues.length > 0 ? { issues } : { value: params };
  };
  return { '~standard': { version: 1, vendor: 'ttcbench', validate } };
}

const order: readonly Fidelity[] = ['exact', 'provider', 'lossy'];

function realise(members: readonly Member[]): EngineRealisation<Params> {
  return {
    fidelity(params) {
      ownersOf(members, params);
      const each = members.map(({ variant, engine }) => order.indexOf(engine.fidelity(params[variant])));
      return order[Math.max(...each)] as Fidelity;
    },
    standsFor: members.map(({ engine }) => engine.standsFor).join('; '),
    decides: (params) => [...ownersOf(members, params).keys()],
    blockSize: (params) => Math.max(...members.map(({ variant, engine }) => engine.blockSize?.(params[variant]) ?? 1)),
    slots(params, call, model) {
      const each = members.map(({ variant, engine }) => engine.slots?.(params[variant], call, model));
      const whole = call.promptTokens + call.maxTokens;
      return Math.min(...each.map((slots) => slots ?? whole));
    },
    check(params, model) {
      for (const { variant, engine } of members) engine.check?.(params[variant], model);
    },
    open(source, params, kit) {
      const owners = ownersOf(members, params);
      const loop = owners.get('steps');
      const under = [owners.get('passes'), owners.get('prompt')].filter((member) => member !== loop);
      const decorated = under.reduce<Engine>(
        (engine, member) => member?.engine.decorate?.(engine, params[member.variant]) ?? engine,
        source,
      );
      if (!loop) return (baseline.engine as EngineRealisation<unknown>).open(decorated, {}, kit);
      return loop.engine.open(decorated, params[loop.variant], kit);
    },
  };
}

const everything: Record<Decision, string> = {
  passes: 'which passes run together',
  prompt: 'how the prompt gets into the cache',
  steps: 'every step of decoding',
};

/** Who decides what. @throws E_COMPOSE where two would decide the same */
function ownersOf(members: readonly Member[], params: Params): Map<Decision, Member> {
  const owners = new Map<Decision, Member>();
  for (const member of members) {
    const decisions = member.engine.decides?.(params[member.variant]) ?? ['steps'];
    for (const decision of decisions) {
      const other = owners.get(decision);
      if (other) throw refused(`${other.variant} and ${member.variant} both decide ${everything[decision]}`);
      owners.set(decision, member);
    }
  }
  return owners;
}

function refused(reason: string): TtcError {
  return new TtcError('E_COMPOSE', reason, {
    help: 'batching goes with any policy; pruning, or a KV budget with evict: prompt, with any way of decoding',
  });
}
