/** `report.html`: one file with everything in it, for a browser without network, and for paper. */
import { createHash } from 'node:crypto';
import type { RunFact } from '../run-fact.ts';
import { htmlText } from './html-text.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';

export interface HtmlPage {
  title: string;
  /** Markup below the title. */
  parts: readonly string[];
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing is loaded, and only this style and this script run, whatever the parts hold. */
const policy = [
  "default-src 'none'",
  `style-src ${hashOf(pageStyle)}`,
  `script-src ${hashOf(pageScript)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export const renderPage = ({ title, parts }: HtmlPage): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${htmlText(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<div class="head"><h1>${htmlText(title)}</h1></div>
${parts.filter((part) => part !== '').join('\n')}
</main>
<script>${pageScript}</script>
</body>
</html>
`;

export const section = (title: string, id: string, parts: readonly string[]): string => {
  const filled = parts.filter((part) => part !== '');
  return filled.length === 0 ? '' : `<section><h2 id="${id}">${htmlText(title)}</h2>\n${filled.join('\n')}</section>`;
};

export const paragraphs = (lines: readonly string[]): string =>
  lines
    .filter((line) => line !== '')
    .map((line) => `<p>${htmlText(line)}</p>`)
    .join('\n');

export const list = (lines: readonly string[]): string =>
  lines.length === 0 ? '' : `<ul>${lines.map((line) => `<li>${htmlText(line)}</li>`).join('\n')}</ul>`;

export const definitions = (facts: readonly RunFact[]): string =>
  facts.length === 0
    ? ''
    : `<dl>${facts
        .map(({ name, value, isCode }) => {
          const text = htmlText(value);
          return `<dt>${htmlText(name)}</dt><dd>${isCode ? `<code>${text}</code>` : text}</dd>`;
        })
        .join('\n')}</dl>`;
