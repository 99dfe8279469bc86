/** A page about a project: what each model is, what it reads, what its columns mean. */
import { type DuckDBConnection, literal, queryJson } from '../tables/index.ts';
import { planModels } from './plan-models.ts';
import type { Project } from './project.ts';
import { describedModels, schemaTests } from './schema-tests.ts';

/** Markdown. Types are those of what was built on the connection. */
export async function describeProject(
  connection: DuckDBConnection,
  project: Project,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const described = new Map(describedModels(project).map((model) => [model.name, model]));
  const tests = schemaTests(project);
  const sections: string[] = [];
  for (const { name, kept, refs, file } of planModels(project, { env, vars: {} })) {
    const about = described.get(name);
    const columns = await queryJson(
      connection,
      `SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ${literal(name)} ORDER BY ordinal_position`,
    );
    const words = new Map(about?.columns.map((column) => [column.name, column.description]));
    const testsOf = (column: string) =>
      tests
        .filter((test) => test.name.endsWith(`_${name}_${column}`))
        .map((test) => test.name.slice(0, -`_${name}_${column}`.length));
    const rows = columns.map(({ column_name, data_type }) => {
      const column = String(column_name);
      return `| \`${column}\` | ${data_type} | ${words.get(column) ?? ''} | ${testsOf(column).join(', ')} |`;
    });
    sections.push(
      [
        `## ${name}`,
        about?.description ?? '',
        `Kept as ${kept}. Made by \`${file.path}\`${refs.size > 0 ? ` from ${[...refs].map((ref) => `[${ref}](#${ref})`).join(', ')}` : ''}.`,
        ...(rows.length > 0 ? [['| column | type | meaning | tests |', '|---|---|---|---|', ...rows].join('\n')] : []),
      ]
        .filter((part) => part !== '')
        .join('\n\n'),
    );
  }
  return `# Tables of ${project.name}\n\n${sections.join('\n\n')}\n`;
}
