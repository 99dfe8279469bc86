/** What `--model hf:…` names. */
import { TtcError } from '../core/index.ts';

export interface HubName {
  /** `OWNER/REPO`. */
  repository: string;
  revision: string;
  /** Path of the file in the repository; undefined where a quantisation is named instead. */
  file?: string;
  /** Such as `Q4_K_M`: the file whose name says so. */
  quantisation?: string;
}

const help = 'as in hf:OWNER/REPO/FILE.gguf, hf:OWNER/REPO:Q4_K_M, or with a revision hf:OWNER/REPO@REVISION/FILE.gguf';
/** One step of a path: no `..`, nothing hidden, nothing that a file system or a URL reads in another way. */
const step = /^[A-Za-z0-9_][\w.+-]*$/;

/** Whether the name is one of the hub's. */
export const isHubName = (name: string): boolean => /^hf:/i.test(name);

/** @throws E_MODEL for a name that begins with `hf:` and is none */
export function parseHubName(name: string): HubName {
  const refuse = (why: string): never => {
    throw new TtcError('E_MODEL', `${JSON.stringify(name)} names no model of the hub: ${why}`, { help });
  };
  const [path = '', quantisation, ...more] = name.slice(3).split(':');
  const [owner = '', repositoryAt = '', ...folders] = path.split('/');
  const [repository = '', revision = 'main', ...others] = repositoryAt.split('@');
  if (more.length > 0 || others.length > 0) refuse('it has too many parts');
  for (const part of [owner, repository, revision, ...folders])
    if (!step.test(part)) refuse(part === '' ? 'a part is empty' : `${JSON.stringify(part)} cannot be part of it`);
  const shared = { repository: `${owner}/${repository}`, revision };
  if (folders.length > 0) {
    const file = folders.join('/');
    if (!/\.gguf$/i.test(file)) refuse('the file is no .gguf');
    if (quantisation !== undefined) refuse('it names a file and a quantisation');
    return { ...shared, file };
  }
  const wanted = quantisation ?? 'Q4_K_M';
  if (!/^[A-Za-z0-9_.-]+$/.test(wanted)) refuse('the quantisation cannot be read');
  return { ...shared, quantisation: wanted };
}

/** The name of one file, as `models` lists it. */
export const hubNameOf = ({ repository, revision }: HubName, file: string): string =>
  `hf:${repository}${revision === 'main' ? '' : `@${revision}`}/${file}`;

/** Whether a file's name says that it has this quantisation: `m-Q4_K_M.gguf`, `m.q4_k_m-00001-of-00002.gguf`. */
export function hasQuantisation(file: string, quantisation: string): boolean {
  const name = file.split('/').at(-1) as string;
  const escaped = quantisation.replace(/[.-]/g, '\\$&');
  return new RegExp(`(^|[-._])${escaped}(-\\d{5}-of-\\d{5})?\\.gguf$`, 'i').test(name) && !/mmproj/i.test(name);
}
