import { type BackendEntry, backends } from './index.ts';

const row = ({ name, about, section, keyVariable }: BackendEntry) =>
  `| \`${name}\` | ${about} | ${section.map((key) => `\`${key}\``).join(', ')} | ${keyVariable ? `\`${keyVariable}\`` : ''} |`;

/** The table of `docs/configuration.md` that lists the backends and the keys of their sections, from the registry. */
export function sectionsPage(): string {
  const header = ['| section | backend | keys | key of the service |', '| :-- | :-- | :-- | :-- |'];
  return [...header, ...backends.map(row)].join('\n');
}
