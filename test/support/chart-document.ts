/** What charts are drawn into in Node. */
import { parseHTML } from 'linkedom';
import type { ChartDocument } from '../../src/charts/index.ts';

export const chartDocument = (parseHTML('<html></html>') as unknown as { document: ChartDocument }).document;
