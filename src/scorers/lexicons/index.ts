import type { Lexicon } from '../coverage.ts';
import { analytical } from './analytical.ts';
import { customerService } from './customer-service.ts';
import { retention } from './retention.ts';
import { sales } from './sales.ts';
import { structure } from './structure.ts';
import { support } from './support.ts';

/** The lexicons behind the business metrics; each is named after its metric. */
export const lexicons: readonly Lexicon[] = [customerService, sales, support, retention, analytical, structure];
