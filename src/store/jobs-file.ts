/** `jobs.jsonl`: the plan, one trial a line, in the order of play. */
import { existsSync } from 'node:fs';
import { decodeText, didYouMeanFile, type Job, TtcError } from '../core/index.ts';
import { writeAtomically } from './atomic-file.ts';
import { isObject } from './is-object.ts';
import { readLines, tooLong } from './read-lines.ts';
import { readSealed, sealed } from './seal.ts';

const help = "take lines of a run folder's jobs.jsonl as they stand";

export async function writeJobs(path: string, jobs: readonly Job[]): Promise<void> {
  await writeAtomically(
    path,
    jobs.map((job) => sealed(JSON.stringify(job))),
  );
}

/**
 * The jobs of a file, for `run --jobs FILE`.
 * @throws E_DATA naming the line that is no job or repeats a key
 */
export function readJobs(path: string): Job[] {
  if (!existsSync(path)) throw new TtcError('E_DATA', `there is no file ${path}${didYouMeanFile(path)}`, { help });
  const keys = new Set<string>();
  const jobs: Job[] = [];
  let line = 0;
  for (const { bytes, isTooLong } of readLines(path, { rest: true })) {
    line++;
    if (bytes.length === 0 || (bytes.length === 1 && bytes[0] === 13)) continue;
    if (isTooLong) throw new TtcError('E_DATA', `${path}:${line}: ${tooLong}`, { help });
    const job = parseJob(line === 1 ? withoutMark(bytes, path) : withoutReturn(bytes), `${path}:${line}`);
    if (keys.has(job.key)) throw new TtcError('E_DATA', `${path}:${line} repeats the key ${job.key}`, { help });
    keys.add(job.key);
    jobs.push(job);
  }
  if (jobs.length === 0) throw new TtcError('E_DATA', `${path} holds no jobs`, { help: 'write one line per trial' });
  return jobs;
}

/** The first line says how the file is encoded. */
const withoutMark = (bytes: Buffer, name: string): Buffer => withoutReturn(Buffer.from(decodeText(bytes, { name })));

/** Editors write line ends of their own. */
const withoutReturn = (bytes: Buffer): Buffer => (bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes);

function parseJob(bytes: Buffer, where: string): Job {
  const read = readSealed(bytes);
  if ('problem' in read) throw new TtcError('E_DATA', `${where}: ${read.problem}`, { help });
  const wrong = wrongField(read.value);
  if (wrong) throw new TtcError('E_DATA', `${where} is no job: ${wrong} is missing or wrong`, { help });
  return read.value as Job;
}

const cellTexts = ['benchmark', 'policy_name', 'backend', 'model'];

/** The first field that is missing or wrong. */
export function wrongField(value: unknown): string | undefined {
  const job = isObject(value) ? value : {};
  const cell = isObject(job.cell) ? job.cell : {};
  const text = ['key', 'sample', 'block'].find((field) => typeof job[field] !== 'string');
  const count = ['repeat', 'seed'].find((field) => !Number.isInteger(job[field]));
  const cellText = cellTexts.find((field) => typeof cell[field] !== 'string');
  if (text ?? count) return text ?? count;
  if (cellText) return `cell.${cellText}`;
  if (!['engine', 'client'].includes(String(cell.realisation))) return 'cell.realisation';
  if (!['exact', 'provider', 'lossy'].includes(String(cell.fidelity))) return 'cell.fidelity';
  return isObject(job.params) ? undefined : 'params';
}
