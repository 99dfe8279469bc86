/** Progress on standard error: a live bar on a terminal, a plain line every few seconds elsewhere. */
import { SingleBar } from 'cli-progress';
import type { Progress as Download } from '../models/index.ts';
import type { StartRun } from '../ttcbench/index.ts';

type Hooks = Required<Pick<StartRun, 'onDownload' | 'onModel' | 'onStart' | 'onEvent'>>;

export interface RunProgress extends Disposable {
  download: Hooks['onDownload'];
  model: Hooks['onModel'];
  start: Hooks['onStart'];
  event: Hooks['onEvent'];
}

const everyMilliseconds = 5000;
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const seconds = (value: number) => (value < 90 ? `${value.toFixed(0)} s` : `${(value / 60).toFixed(1)} min`);

export function createProgress(): RunProgress {
  const live = process.stderr.isTTY === true;
  let bar: SingleBar | undefined;
  let lastLine = 0;

  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  const line = (text: string, force = false) => {
    if (!force && Date.now() - lastLine < everyMilliseconds) return;
    lastLine = Date.now();
    console.error(text);
  };
  const update = (total: number, done: number, label: string, format: string) => {
    if (!bar) {
      bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true, etaBuffer: 20, stream: process.stderr });
      bar.start(total, done, { label });
    }
    bar.update(done, { label });
  };

  return {
    download({ bytes, total, source }: Download) {
      if (live) update(total ?? 0, bytes, `model from ${source}`, '{label} {bar} {percentage} % {eta_formatted}');
      else line(`downloading the model from ${source}: ${mebibytes(bytes)} of ${mebibytes(total ?? 0)}`);
    },
    model({ name, bytes, downloadSeconds, source }) {
      stop();
      const download =
        downloadSeconds === undefined ? '' : `, downloaded from ${source} in ${downloadSeconds.toFixed(1)} s`;
      console.error(`model ${name}, ${mebibytes(bytes)}${download}`);
    },
    start({ folder, resumed, jobs }) {
      console.error(`${resumed ? 'resuming' : 'new run'} ${folder}: ${jobs} trials`);
    },
    event(event) {
      if (event.type !== 'trial' && event.type !== 'begin') return;
      const { total, done, failed, rate, eta, cell } = event.progress;
      const label = `${cell?.policy_name ?? ''}${failed > 0 ? `, ${failed} failed` : ''}`;
      if (live) update(total, done, label, '{bar} {value}/{total} trials, {eta_formatted} left, {label}');
      else if (event.type === 'trial') {
        const left = eta === undefined ? '' : `, ${seconds(eta)} left`;
        line(`${done}/${total} trials, ${rate.toFixed(2)}/s${left}, ${label}`, done === total);
      }
    },
    [Symbol.dispose]: stop,
  };
}
