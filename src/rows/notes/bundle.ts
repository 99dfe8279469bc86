import { note } from './note.ts';

/** Above this share of events, times between tokens are those of a buffer between server and client. */
const mostBundled = 0.5;

/** Names backends most of whose events came several at once (in one read of the socket). */
export const bundle = note({
  ...{ name: 'bundle', kind: 'note' },
  columns: ['realisation', 'backend', 'model', 'events', 'bundled_events'],
  needs: [],
  open() {
    const counts = new Map<string, { all: number; bundled: number }>();
    return {
      read({ realisation, backend, model, events, bundled_events }) {
        if (realisation !== 'client') return;
        const name = `${backend} ${model}`;
        const count = counts.get(name) ?? { all: 0, bundled: 0 };
        counts.set(name, count);
        count.all += events ?? 0;
        count.bundled += bundled_events ?? 0;
      },
      say: () =>
        [...counts].flatMap(([name, { all, bundled }]) =>
          bundled > mostBundled * all
            ? [
                `${name}: ${Math.round((100 * bundled) / all)} % of the events arrived together with others: the server, or something between, sends them in bundles. Times between tokens are then times between bundles`,
              ]
            : [],
        ),
    };
  },
});
