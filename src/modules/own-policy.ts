/** A policy of the user's own: its module is loaded, and what a run will call is there before the run begins. */
import { type AnyPolicy, type ClientRealisation, inUserCode, plainText, TtcError } from '../core/index.ts';
import { loadModule } from './load-module.ts';

/**
 * The default export of a module.
 * @throws E_ARGUMENT where the module cannot be loaded; E_POLICY, with what to write, where its export is no policy
 */
export async function loadPolicy(path: string): Promise<AnyPolicy> {
  const { default: exported } = await loadModule(path, '--policy');
  return named(checked(exported, path), `the policy ${plainText(path, 80)}`);
}

/** The same policy; whoever watches knows whose code runs when one of its functions is called. */
function named(policy: AnyPolicy, who: string): AnyPolicy {
  const naming = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(from, name) {
        const value: unknown = Reflect.get(from, name);
        if (typeof value !== 'function') return value;
        return (...words: unknown[]) => inUserCode(who, () => Reflect.apply(value, from, words));
      },
    });
  const { engine, client, params } = policy;
  return Object.assign(Object.create(policy) as AnyPolicy, {
    ...policy,
    params: { '~standard': naming(params['~standard']) },
    ...(engine && { engine: naming(engine) }),
    ...(client && { client: naming(client) }),
  });
}

function checked(exported: unknown, name: string): AnyPolicy {
  const policy = exported as Partial<AnyPolicy> | undefined;
  const refuse = (message: string): never => {
    throw new TtcError('E_POLICY', message, { help: 'examples/last-bigram.mjs is a whole one' });
  };
  if (!policy?.name || !policy.params) return refuse(`${name} has no policy as its default export`);
  if (typeof policy.params['~standard']?.validate !== 'function') return refuse(`${name}: params is no schema`);
  const { engine, client } = policy;
  const realisations = [engine, client].filter((one) => one !== undefined);
  if (realisations.length === 0 || realisations.some((one) => typeof one?.open !== 'function'))
    return refuse(`${name}: it has neither engine.open nor client.open`);
  const missing = [...missingIn('engine', engine), ...missingIn('client', client)];
  if (missing.length > 0) return refuse(`${name}: ${missing.join('; ')}`);
  return policy as AnyPolicy;
}

/** What is called or read before the first trial; the rest shows when it is played. */
function missingIn(kind: 'engine' | 'client', given: object | undefined): string[] {
  if (!given) return [];
  const realisation = given as Record<keyof ClientRealisation<unknown>, unknown>;
  const found: string[] = [];
  if (typeof realisation.fidelity !== 'function')
    found.push(`${kind}.fidelity must be a function of the parameters, such as () => 'lossy'`);
  if (kind === 'engine') return found;
  if (!Array.isArray(realisation.alters))
    found.push('client.alters must list the fields of a call that it changes; [] where it changes none');
  if (typeof realisation.needs !== 'function')
    found.push("client.needs must be a function of the parameters, such as () => ['prefill']; () => [] for nothing");
  if (typeof realisation.cannot !== 'string')
    found.push('client.cannot must say in one sentence what it cannot do over an API');
  return found;
}
