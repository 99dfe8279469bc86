import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartDocument as document } from '../../test/support/chart-document.ts';
import { madeUpCharts } from '../../test/support/made-up-charts.ts';
import { policies } from '../policies/index.ts';
import { densityOf, histogramOf } from './density.ts';
import { paretoFront } from './draw-pareto.ts';
import {
  type Chart,
  chartSvg,
  cssVariables,
  dark,
  drawChart,
  light,
  policyFamily,
  type Theme,
  variables,
} from './index.ts';
import { placeLabels, spreadOut } from './place-labels.ts';
import { boxOf, overlap, type Scene } from './scene.ts';
import { fitText, textWidth } from './text-width.ts';
import { domainOf, ticksOf } from './ticks.ts';

const charts = Object.entries(madeUpCharts);
const widths = [356, 720];

/** Pairs of labels that touch, and labels that leave the picture. */
function faults({ labels, width, height }: Scene): string[] {
  return labels.flatMap((label, i) => {
    const box = boxOf(label);
    const out = box.left < -0.5 || box.right > width + 0.5 || box.top < -0.5 || box.bottom > height + 0.5;
    const others = labels.slice(i + 1).filter((other) => overlap(box, boxOf(other)));
    return [
      ...(out ? [`${label.text} leaves the picture`] : []),
      ...others.map(({ text }) => `${label.text} × ${text}`),
    ];
  });
}

/** WCAG 2.1: relative luminance and contrast. */
function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [r, g, b] = parts.map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)) as [
    number,
    number,
    number,
  ];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

describe('charts', () => {
  it.each(charts)('%s looks as it did', async (name, chart) => {
    for (const [theme, colours, width] of [
      ['light', light, 720],
      ['dark', dark, 356],
    ] as const)
      await expect(`${chartSvg(chart, { theme: colours, width, document })}\n`).toMatchFileSnapshot(
        join(import.meta.dirname, 'golden', `${name}-${theme}.svg`),
      );
  });

  it.each(charts)('%s: no text covers another one or leaves the picture, at any width', (_, chart) => {
    for (const width of [320, ...widths, 1000])
      expect(faults(drawChart(chart, { theme: light, width, document }))).toEqual([]);
  });

  it('sees texts that cover each other or leave the picture', () => {
    const label = { text: 'baseline', x: 10, y: 10, anchor: 'start', size: 12, weight: 400, fill: '' } as const;
    const scene = {
      width: 100,
      height: 40,
      shapes: [],
      labels: [label, { ...label, x: 40 }, { ...label, x: 80, y: 30 }],
    };
    expect(faults(scene)).toEqual(['baseline × baseline', 'baseline leaves the picture']);
  });

  it.each(charts)(
    '%s has no ids, styles, scripts or addresses, and colours of the page where it asks for them',
    (_, chart) => {
      const svg = chartSvg(chart, { theme: light, width: 720, document });
      expect(svg).not.toMatch(/\b(id|style|class|href|on\w+)=|<style|<script|url\(/);
      expect(svg.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
      const inPage = chartSvg(chart, { theme: variables, width: 720, document });
      expect(inPage).not.toMatch(/#[0-9a-f]{6}/);
      const known = cssVariables(dark);
      for (const [, name] of inPage.matchAll(/var\((--[\w-]+)\)/g)) expect(known).toContain(`${name}:`);
    },
  );

  it('shows names from outside as they are', () => {
    const chart = structuredClone(madeUpCharts.latency) as unknown as { rows: { name: string }[] };
    (chart.rows[0] as { name: string }).name = '<script>"&\u0007';
    const svg = chartSvg(chart as unknown as Chart, { theme: light, width: 720, document });
    expect(svg).toContain('>&lt;script&gt;&quot;&amp;</text>');
    expect(svg).not.toContain('<script');
  });

  it('draws as much for a million trials as for a thousand', () => {
    const of = (n: number) => {
      const sorted = Float64Array.from({ length: n }, (_, i) => 100 + (900 * i) / n);
      return histogramOf(sorted, 'log');
    };
    expect(of(1_000_000).bins).toHaveLength(of(1000).bins.length);
    expect(of(1_000_000).points).toBeUndefined();
  });
});

describe('themes', () => {
  it.each([
    ['light', light],
    ['dark', dark],
  ] as const)('%s: every text can be read (contrast of 4.5)', (_, theme: Theme) => {
    const texts = [theme.text, theme.muted, ...Object.values(theme.family)];
    for (const text of texts)
      for (const ground of [theme.background, theme.band])
        expect(contrast(text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    for (const [i, ground] of theme.heat.entries())
      expect(contrast(theme.heatText[i] as string, ground), ground).toBeGreaterThanOrEqual(4.5);
  });

  it('knows a contrast', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });

  it('gives every variant of a known folder the colour of its folder', () => {
    const root = join(import.meta.dirname, '..', 'policies');
    const known = Object.keys(light.family);
    const folderOf = (policy: string) =>
      readdirSync(root).find(
        (folder) =>
          !folder.includes('.') &&
          existsSync(join(root, folder)) &&
          readdirSync(join(root, folder)).some((file) =>
            readFileSync(join(root, folder, file), 'utf8').includes(`name: '${policy}',`),
          ),
      );
    const found = policies.map(({ name, variants }) => [folderOf(name), Object.keys(variants)] as const);
    expect(found.filter(([folder]) => folder !== undefined)).toHaveLength(policies.length);
    for (const [folder = '', variants] of found.filter(([folder]) => known.includes(folder ?? '')))
      for (const variant of variants) expect(policyFamily(variant), variant).toBe(folder);
    expect(policyFamily('early_exit_28[confidence_threshold=0.5]')).toBe('early-exit');
    expect(policyFamily('early_exit_28+elastic_batch_greedy')).toBe('other');
  });
});

describe('widths of texts', () => {
  /** From the font file itself: tables head, hhea, hmtx, cmap (format 12). */
  function advances(file: string): (code: number) => number {
    const font = readFileSync(join(import.meta.dirname, '..', '..', 'assets', 'fonts', file));
    const tables = new Map(
      Array.from({ length: font.readUInt16BE(4) }, (_, i) => 12 + 16 * i).map((at) => [
        font.toString('latin1', at, at + 4),
        font.readUInt32BE(at + 8),
      ]),
    );
    const at = (name: string) => tables.get(name) as number;
    const em = font.readUInt16BE(at('head') + 18);
    const last = font.readUInt16BE(at('hhea') + 34) - 1;
    const cmap = Array.from(
      { length: font.readUInt16BE(at('cmap') + 2) },
      (_, i) => at('cmap') + font.readUInt32BE(at('cmap') + 8 + 8 * i),
    ).find((start) => font.readUInt16BE(start) === 12) as number;
    return (code) => {
      for (let i = 0, start = cmap + 16; i < font.readUInt32BE(cmap + 12); i++, start += 12)
        if (code >= font.readUInt32BE(start) && code <= font.readUInt32BE(start + 4)) {
          const glyph = font.readUInt32BE(start + 8) + code - font.readUInt32BE(start);
          return font.readUInt16BE(at('hmtx') + 4 * Math.min(glyph, last)) / em;
        }
      return 0;
    };
  }

  it.each([
    [400, 'Inter-Regular.ttf'],
    [600, 'Inter-SemiBold.ttf'],
  ] as const)('are those of the font, and some room: %i', (weight, file) => {
    const advance = advances(file);
    for (let code = 32; code < 127; code++) {
      const wide = textWidth(String.fromCharCode(code), 1000, weight);
      expect(wide / (1000 * advance(code)), String.fromCharCode(code)).toBeGreaterThan(1.09);
      expect(wide / (1000 * advance(code))).toBeLessThan(1.24);
    }
  });

  it('keep beginning and end of a name that is too long', () => {
    const short = fitText('early_exit_28[confidence_threshold=0.95]', 120, 12);
    expect(short).toMatch(/^early.*….*0\.95\]$/);
    expect(textWidth(short, 12)).toBeLessThanOrEqual(120);
  });
});

describe('numbers of axes', () => {
  it('lie within, ascend, and are about as many as asked', () => {
    const positive = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        positive,
        positive,
        fc.constantFrom('log' as const, 'linear' as const),
        fc.integer({ min: 3, max: 12 }),
        (a, b, scale, most) => {
          const domain = domainOf([a, b], scale);
          const ticks = ticksOf(domain, most);
          expect(ticks.length).toBeLessThanOrEqual(most + 3);
          expect(ticks.length).toBeGreaterThan(0);
          for (const [i, tick] of ticks.entries()) {
            expect(tick).toBeGreaterThanOrEqual(domain.low * (1 - 1e-9) - 1e-9);
            expect(tick).toBeLessThanOrEqual(domain.high * (1 + 1e-9));
            if (i > 0) expect(tick).toBeGreaterThan(ticks[i - 1] as number);
          }
        },
      ),
    );
  });
  it('are round', () => {
    expect(ticksOf({ scale: 'log', low: 30, high: 4000 }, 8)).toEqual([50, 100, 200, 500, 1000, 2000]);
    expect(ticksOf({ scale: 'linear', low: 0, high: 1 }, 5)).toEqual([0, 0.5, 1]);
  });
});

describe('violins', () => {
  const spread = (values: number[], scale: 'log' | 'linear') => {
    const sorted = Float64Array.from(values).sort();
    const q = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
    return {
      ...{
        name: 'x',
        family: 'other' as const,
        n: sorted.length,
        mean: 0,
        p25: q(0.25),
        p50: q(0.5),
        p75: q(0.75),
        p95: q(0.95),
      },
      ...{ least: q(0), most: q(1), ...histogramOf(sorted, scale) },
    };
  };
  it('end one bandwidth beyond the data, and are highest where most values lie', () => {
    const values = Array.from({ length: 300 }, (_, i) => (i < 250 ? 100 + (i % 20) : 1000 + i));
    const curve = densityOf(spread(values, 'log'), 'log');
    const highest = curve.reduce((a, b) => (b.height > a.height ? b : a));
    expect(highest.value).toBeGreaterThan(90);
    expect(highest.value).toBeLessThan(130);
    expect(curve[0]?.value).toBeGreaterThan(100 / 2);
    expect(curve.at(-1)?.value).toBeLessThan(1299 * 2);
  });
  it('count every value once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
        (values) => {
          const { bins, points } = histogramOf(Float64Array.from(values).sort(), 'log');
          expect(bins.reduce((sum, [, count]) => sum + count, 0)).toBe(values.length);
          if (points) expect(points.reduce((sum, [, count]) => sum + count, 0)).toBe(values.length);
          for (const [bin] of bins)
            expect(values.some((value) => Math.floor(Math.log10(value) * 32) === bin)).toBe(true);
        },
      ),
    );
  });
});

describe('Pareto front', () => {
  it('has the points that no other point beats', () => {
    const point = fc.record({ x: fc.integer({ min: 1, max: 9 }), y: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 12 }), (points) => {
        const beaten = (p: { x: number; y: number }) =>
          points.some((q) => q.x <= p.x && q.y >= p.y && (q.x < p.x || q.y > p.y));
        const places = (list: readonly { x: number; y: number }[]) =>
          [...new Set(list.map(({ x, y }) => `${x} ${y}`))].sort();
        expect(places(paretoFront(points))).toEqual(places(points.filter((p) => !beaten(p))));
      }),
    );
  });
});

describe('labels', () => {
  it('never cover each other or a dot', () => {
    const place = fc.record({ x: fc.integer({ min: 60, max: 640 }), y: fc.integer({ min: 20, max: 280 }) });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 14 }), (places) => {
        const points = places.map((at, i) => ({
          ...at,
          label: { text: `policy_${i}`, size: 12, weight: 400 as const, fill: '' },
        }));
        const placed = placeLabels(points, [], { left: 0, right: 720, top: 0, bottom: 300 }).map(({ label }) =>
          boxOf(label),
        );
        placed.forEach((box, i) => {
          for (const other of placed.slice(i + 1)) expect(overlap(box, other)).toBe(false);
          for (const { x, y } of places)
            expect(overlap(box, { left: x - 4, right: x + 4, top: y - 4, bottom: y + 4 })).toBe(false);
        });
      }),
      { numRuns: 60 },
    );
  });
  it('at the ends of lines keep their order and distance', () => {
    expect(spreadOut([50, 52, 10], 15, 0, 100)).toEqual([50, 65, 10]);
    expect(spreadOut([98, 99, 97], 15, 0, 100)).toEqual([85, 100, 70]);
  });
});
