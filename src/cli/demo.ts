/**
 * `ttcbench demo`: every built variant on a small real model and our own prompts. Where the model cannot be had, the
 * embedded one answers the questions that come with it, and the first line says what that means.
 */
import { join } from 'node:path';
import { codeOf } from '../core/index.ts';
import { resolveModel } from '../models/index.ts';
import { isFinished, loadConfig } from '../ttcbench/index.ts';
import { createProgress } from './progress.ts';
import { type Flags, measure } from './run.ts';
import { typedAgain } from './session.ts';

const embedded = { model: 'tiny8', benchmark: 'tiny-crm', samples: '60' };

export async function demo(flags: Flags): Promise<void> {
  const chosen: Flags = {
    ...(flags.policy || flags.all || flags.config ? {} : { all: true }),
    ...(flags.benchmark || flags.config
      ? {}
      : { benchmark: flags.model === embedded.model ? embedded.benchmark : 'extract' }),
    // Long enough to see drafts accepted and short enough for a demo; scores are those of answers cut there.
    ...(flags.maxTokens || flags.config ? {} : { maxTokens: '48' }),
    ...flags,
  };
  const fallback = flags.model === undefined && flags.config === undefined && !(await canHaveModel(flags));
  if (fallback) Object.assign(chosen, embedded, flags.samples && { samples: flags.samples }, { offline: true });
  const resolved = await loadConfig({ flags: chosen });
  // The folder of a demo follows from its plan: it needs no other words to be taken up again.
  await measure(resolved, chosen, demoFolder, typedAgain());
}

/** Pulls the default model; says why where it cannot be had. */
async function canHaveModel({ offline }: Flags): Promise<boolean> {
  using progress = createProgress();
  try {
    const model = await resolveModel(null, { offline, onProgress: progress.download, onNote: progress.note });
    if (model.downloadSeconds !== undefined) progress.model(model);
    return true;
  } catch (error) {
    if (!['E_DOWNLOAD', 'E_MODEL'].includes(codeOf(error))) throw error;
    progress[Symbol.dispose]();
    console.log(
      'The default model cannot be had here, so this demo runs tiny8 (1.8 MB, embedded): its tokens, counters and ' +
        'agreement are real, but it is a toy, so its times and scores say little about models you would use.',
    );
    console.error(`  why: ${(error as Error).message}`);
    return false;
  }
}

/** A demo that was stopped goes on; one that is finished is left as it is, and the next one measures anew beside it. */
function demoFolder(id: string): string {
  for (let time = 1; ; time++) {
    const folder = join('runs', time === 1 ? `demo-${id}` : `demo-${id}-${time}`);
    if (!isFinished(folder)) return folder;
  }
}
