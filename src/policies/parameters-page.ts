import { policies } from './index.ts';
import { parametersOf } from './parameters.ts';

/** The tables of `docs/configuration.md` that list what each variant takes, written from the policies' schemas. */
export function parametersPage(): string {
  const sections = policies.flatMap((policy) =>
    Object.keys(policy.variants)
      // The baseline takes nothing.
      .filter(() => policy.name !== 'baseline')
      .map((variant) => [
        `### \`${variant}\``,
        '',
        policy.about,
        '',
        '| parameter | default | values | meaning |',
        '| :-- | :-- | :-- | :-- |',
        ...parametersOf(policy, variant).map(
          ({ name, fallback, values, about }) => `| \`${name}\` | \`${String(fallback)}\` | ${values} | ${about} |`,
        ),
        '',
      ]),
  );
  return sections.flat().join('\n').trim();
}
