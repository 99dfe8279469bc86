import { parse } from 'yaml';
import { TtcError } from '../core/index.ts';

/** Variables of a project as the command line gives them: a map in YAML or JSON. @throws E_ARGUMENT */
export function readVariables(text: string): Record<string, unknown> {
  let given: unknown;
  try {
    given = parse(text);
  } catch {
    // What is no YAML is no map either.
  }
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Record<string, unknown>;
  throw new TtcError('E_ARGUMENT', `--vars takes a map, not ${JSON.stringify(text)}`, {
    help: "--vars '{change_errors: 4}'",
  });
}
