/** Text from outside in an HTML file: as content and within double quotes it shows as it is. */
import { plainText } from '../../core/index.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** One line; no character of it acts. */
export const htmlText = (text: string): string => plainText(text).replace(/[&<>"']/g, (one) => entities[one] as string);
