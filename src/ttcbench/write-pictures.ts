/** Charts as files below a report: light and dark, SVG and PNG. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChartPicture, NamedChart } from '../report/index.ts';
import { makeFolder } from '../store/make-folder.ts';
import { cannotWrite } from '../store/system-errors.ts';

export interface PictureFiles {
  /** A light and a dark SVG file for every chart, which the Markdown shows. @default true */
  svg?: boolean | undefined;
  /** The same as PNG; the Markdown shows them where there are no SVG files. @default false */
  png?: boolean | undefined;
}

const pictureFolder = 'report-charts';
const width = 720;

/**
 * Pictures of an older report are taken away.
 * @param lists charts of the whole report, then of each group
 * @returns for each list its pictures, with paths relative to `out`
 */
export async function writePictures(
  out: string,
  lists: readonly (readonly NamedChart[])[],
  { svg = true, png = false }: PictureFiles,
): Promise<ChartPicture[][]> {
  const folder = join(out, pictureFolder);
  await removePictures(folder);
  if ((!svg && !png) || lists.every((charts) => charts.length === 0)) return lists.map(() => []);
  await makeFolder(folder);
  const { chartPng, chartSvg, dark, light, openDocument } = await import('../report/open-charts.ts');
  const document = openDocument();
  const write = async (name: string, content: string | Uint8Array) => {
    try {
      await writeFile(join(folder, name), content);
    } catch (error) {
      throw cannotWrite(join(folder, name), error);
    }
  };
  const pictures: ChartPicture[][] = [];
  for (const [at, charts] of lists.entries()) {
    const own: ChartPicture[] = [];
    for (const { name, chart } of charts) {
      const stem = at === 0 ? name : `${at}-${name}`;
      for (const [suffix, theme] of Object.entries({ light, dark })) {
        const text = chartSvg(chart, { theme, width, document });
        if (svg) await write(`${stem}-${suffix}.svg`, text);
        if (png) await write(`${stem}-${suffix}.png`, await chartPng(text));
      }
      const path = (suffix: string) => `${pictureFolder}/${stem}-${suffix}.${svg ? 'svg' : 'png'}`;
      own.push({ title: chart.title, about: chart.about, light: path('light'), dark: path('dark') });
    }
    pictures.push(own);
  }
  return pictures;
}

/** Only files with the names of ours: the folder may be the user's. */
async function removePictures(folder: string): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  for (const file of files)
    if (/^[a-z0-9-]+-(light|dark)\.(svg|png)$/.test(file)) await rm(join(folder, file), { force: true });
}
