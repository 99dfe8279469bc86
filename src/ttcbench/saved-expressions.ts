/** Metrics that are expressions, in the file that `--metrics` takes. */
import type { ExpressionOptions } from '../metrics/index.ts';
import { readExpressions, withExpression } from '../modules/expression-file.ts';
import { writeAtomically } from '../store/atomic-file.ts';

/** @throws TtcError E_ARGUMENT where the file or an entry is not what it should be */
export const savedExpressions = (path: string): Record<string, ExpressionOptions> => readExpressions(path);

/** @throws TtcError E_ARGUMENT for a name or an expression that is none; E_JOURNAL where the file cannot be written */
export const saveExpression = (path: string, name: string, options: ExpressionOptions): Promise<void> =>
  writeAtomically(path, withExpression(path, name, options));
