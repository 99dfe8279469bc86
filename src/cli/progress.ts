/** Progress on standard error: a live bar on a terminal, a plain line every few seconds elsewhere. */
import cliProgress from 'cli-progress';
import { plainText } from '../core/plain-text.ts';
import type { StartRun } from '../ttcbench/index.ts';
import { pullProgress } from './pull-progress.ts';

type Hooks = Required<Pick<StartRun, 'onDownload' | 'onNote' | 'onModel' | 'onStart' | 'onEvent'>>;

export interface RunProgress extends Disposable {
  download: Hooks['onDownload'];
  note: Hooks['onNote'];
  model: Hooks['onModel'];
  /** All of it, as a run takes it. */
  hooks: Hooks;
}

const everyMilliseconds = 5000;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Time left, in one unit: `40 s`, `3.5 min`, `2.1 h`. */
export function timeLeft(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export function createProgress(): RunProgress {
  const live = process.stderr.isTTY === true;
  const pulling = pullProgress();
  let bar: cliProgress.SingleBar | undefined;
  let lastLine = 0;

  const stop = () => {
    pulling.stop();
    bar?.stop();
    bar = undefined;
  };
  const line = (text: string, force = false) => {
    if (!force && Date.now() - lastLine < everyMilliseconds) return;
    lastLine = Date.now();
    console.error(plainText(text));
  };
  const update = (total: number, done: number, left: string, label: string) => {
    if (!bar) {
      const format = '{bar} {value}/{total} trials{left}, {label}';
      bar = new cliProgress.SingleBar({ format, hideCursor: true, clearOnComplete: true, stream: process.stderr });
      bar.start(total, done, { left, label });
    }
    bar.update(done, { left, label });
  };

  const hooks: Hooks = {
    onDownload: pulling.onProgress,
    onNote: pulling.onNote,
    onModel({ name, bytes, downloadSeconds, source }) {
      stop();
      const download =
        downloadSeconds === undefined ? '' : `, downloaded from ${source} in ${downloadSeconds.toFixed(1)} s`;
      console.error(plainText(`model ${name}, ${megabytes(bytes)}${download}`));
    },
    onStart({ folder, resumed, jobs, left }) {
      const trials = `${folder}: ${jobs} trials`;
      if (left === 0) console.error(`${folder}: nothing left to play, all ${jobs} trials are finished`);
      else console.error(`${resumed ? 'resuming' : 'new run'} ${trials}`);
    },
    onEvent(event) {
      if (event.type !== 'trial' && event.type !== 'begin') return;
      const { total, done, failed, rate, eta, cell } = event.progress;
      const label = plainText(`${cell?.policy_name ?? ''}${failed > 0 ? `, ${failed} failed` : ''}`);
      const left = eta === undefined ? '' : `, ${timeLeft(eta)} left`;
      if (live) update(total, done, left, label);
      else if (event.type === 'trial') {
        line(`${done}/${total} trials, ${rate.toFixed(2)}/s${left}, ${label}`, done === total);
      }
    },
  };
  return {
    download: hooks.onDownload,
    note: hooks.onNote,
    model: hooks.onModel,
    hooks,
    [Symbol.dispose]: stop,
  };
}
