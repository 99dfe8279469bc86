/** Charts as files, and how Markdown shows them: GitHub takes out SVG that stands in the text itself. */

/** A chart as two SVG files. Paths are relative to the Markdown file. */
export interface ChartPicture {
  title: string;
  about: string;
  light: string;
  dark: string;
}

export interface MarkdownPictures {
  /** Key of a group → its pictures. */
  groups: ReadonlyMap<string, readonly ChartPicture[]>;
  overall: readonly ChartPicture[];
}

export const noPictures: MarkdownPictures = { groups: new Map(), overall: [] };

/** Titles are plain lines already (`plainReport`). */
const attribute = (text: string) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

const pathOf = (path: string) => attribute(path.split('/').map(encodeURIComponent).join('/'));

/** One block a picture; titles come from benchmarks, so they are escaped. */
export const pictures = (charts: readonly ChartPicture[]): string[] =>
  charts.map(({ title, about, light, dark }) =>
    [
      '<picture>',
      `  <source media="(prefers-color-scheme: dark)" srcset="${pathOf(dark)}">`,
      `  <img alt="${attribute(`${title}. ${about}`)}" src="${pathOf(light)}">`,
      '</picture>',
    ].join('\n'),
  );
