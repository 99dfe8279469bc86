/** The command line. Commands load what they need when they run: `--help` loads none of it. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { TtcError } from '../core/error.ts';
import { plainText } from '../core/plain-text.ts';
import { armWatchdog } from '../modules/watchdog.ts';
import { addFlags, addRunFlags, collect, type Names } from './flags.ts';
import { exitCode, reportError } from './report-error.ts';
import { watchForEnd } from './unfinished.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const lists = {
  policies: 'the policies there are, with their parameters',
  benchmarks: 'the benchmarks there are, with their scores and options',
  metrics: 'the metrics there are',
} as const;

/** How a finished run is looked at. */
const reportFlags = ['margin', 'slo', 'metrics'] as const;

function createProgram(names: Names | undefined): Command {
  const program = new Command('ttcbench')
    .description('Measures which test-time-compute policy pays: latency, throughput, memory, cost and answer quality.')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: sayWrongWords })
    .showHelpAfterError(helpHint('ttcbench'));

  addRunFlags(program.command('demo').description('play every policy on a small real model, in minutes'), names).action(
    async (flags) => (await import('./demo.ts')).demo(flags),
  );
  addRunFlags(program.command('run').description('measure policies against the baseline'), names).action(
    async (flags) => (await import('./run.ts')).run(flags),
  );
  for (const name of ['demo', 'run'])
    program.commands
      .find((command) => command.name() === name)
      ?.addOption(new Option('--param <name=values>').hideHelp().argParser(refuseParam));
  addRunFlags(
    program.command('sweep').description('one policy over values of its parameters, or an API under rising load'),
    names,
  )
    .requiredOption(
      '--param <name=values>',
      'values separated by commas; may repeat (all combinations). concurrency and rps: a load curve of an API',
      collect,
    )
    .action(async (flags) => (await import('./sweep.ts')).sweep(flags));
  addFlags(
    program.command('report').description('table, metrics_report.md, report.html and charts of run folders'),
    reportFlags,
  )
    .argument('<run...>', 'run folders or their names below runs/, also of sweeps over a load')
    .option('--join', 'one report of all folders, each policy against the baseline of its own run')
    .option('--out <folder>', 'where the files go (default: the run folder)')
    .option('--no-html', 'write no report.html')
    .option('--no-svg', 'write no SVG files')
    .option('--png', 'write the charts as PNG files, too')
    .option('--json', 'the table as JSON')
    .action(async (folders, flags) => {
      const { report, reportTogether } = await import('./report.ts');
      await (flags.join ? reportTogether : report)(folders, flags);
    });
  addFlags(
    program.command('rescore').description('score the answers of a finished run anew, without calling a model'),
    reportFlags,
  )
    .argument('<run>', 'run folder, or its name below runs/')
    .option('--json', 'the table as JSON')
    .action(async (folder, flags) => (await import('./report.ts')).rescore(folder, flags));
  addFlags(
    program.command('export').description('rows of run folders as CSV, Excel, Parquet, JSON or Every Eval Ever'),
    ['metrics'],
  )
    .argument('<runs...>', 'run folders, or their names below runs/')
    .option('--format <name>', "csv, xlsx, parquet, json or eee (default: what the file's name says, else csv)")
    .option('--of <table>', 'trials, or a table made from them (default: trials)')
    .option('--out <file>', 'the file; with eee a folder (default: trials.csv and the like)')
    .option('--raw', 'CSV without the apostrophes that keep spreadsheets from running text as formulas')
    .option('--rebuild', 'measure every trial again, whatever Parquet is there')
    .action(async (runs, flags) => (await import('./export.ts')).exportRuns(runs, flags));
  addLazy(program, 'dbt', 'the dbt project over run folders, built without Python', async () =>
    (await import('./dbt.ts')).dbtCommand(),
  );
  program
    .command('compare')
    .description('run folders side by side, each against the first; with --fail-if a gate for CI')
    .argument('<runs...>', 'two run folders or more; the first is what the others are held against')
    .option('--fail-if <condition>', "such as 'throughput < 0.95x' or 'reward < -0.02'; may repeat", collect)
    .option('--fail-if-unclear', 'fail also where the samples do not show that a condition is kept')
    .option('--policy <name>', 'only this policy; may repeat', collect)
    .option('--metrics <module>', 'metrics of your own, from a module; may repeat', collect)
    .option('--markdown', 'the comparison as Markdown')
    .option('--json', 'the comparison as JSON')
    .action(async (folders, flags) => (await import('./compare.ts')).compare(folders, flags));
  program
    .command('show')
    .description('the answers of all policies to one sample, with the first difference')
    .argument('<run>', 'run folder, or its name below runs/')
    .argument('<sample>', 'id of the sample')
    .option('--json', 'the same as JSON')
    .action(async (folder, sample, flags) => (await import('./show.ts')).show(folder, sample, flags));
  for (const [kind, about] of Object.entries(lists)) {
    program
      .command(kind)
      .description(about)
      .argument('[name]', 'only this one')
      .option('--json', 'the same as JSON')
      .action(async (name, flags) => (await import('./list.ts')).list(kind as keyof typeof lists, name, flags));
  }
  program
    .command('doctor')
    .description('what is installed, what is wrong and how to fix it')
    .option('--json', 'the findings as JSON')
    .option('--model <name or path>', 'model to load')
    .action(async (flags) => (await import('./doctor.ts')).doctor(flags));
  addLazy(program, 'models', 'list, pull and remove models', async () => (await import('./models.ts')).modelsCommand());
  addLazy(program, 'data', 'list, make and check the data of benchmarks', async () =>
    (await import('./data.ts')).dataCommand(),
  );
  addLazy(program, 'serve', 'an OpenAI-compatible server over the engine and any policy', async () =>
    (await import('./serve.ts')).serveCommand(),
  );
  addLazy(program, 'dash', 'run folders in the browser: which policy pays, at what price, and is it real', async () =>
    (await import('./dash.ts')).dashCommand(),
  );
  addLazy(program, 'simulate', 'a Groq-faithful server with scripted latency, limits and faults', async () =>
    (await import('./simulate.ts')).simulateCommand(),
  );
  addLazy(program, 'worker', 'play the trials of runs that were started with run --queue', async () =>
    (await import('./worker.ts')).workerCommand(),
  );
  for (const command of program.commands) command.showHelpAfterError(helpHint(`ttcbench ${command.name()}`));
  return program;
}

function refuseParam(text: string): never {
  const [name = 'KEY', value = 'VALUE'] = text.split('=');
  throw new TtcError('E_ARGUMENT', '--param belongs to ttcbench sweep', {
    help: `ttcbench sweep --policy NAME --param ${text} tries several values; a run takes one: --set policies.NAME.${name}=${value.split(',')[0]}`,
  });
}

const helpHint = (command: string) =>
  `  help: ${command} --help lists ${command === 'ttcbench' ? 'commands and flags' : 'its flags'}`;

/** What the parser says of words that it does not know, as all other errors are said: a word may hold anything. */
function sayWrongWords(text: string, write: (text: string) => void): void {
  const cause = text.replace(/^error: /, '').replace(/\n\(Did you mean (.+)\?\)\s*$/, '; did you mean $1?');
  write(`E_ARGUMENT: ${plainText(cause)}\n`);
}

/** The registries take 100 ms to load: only the help of a command that plays names what they have. */
async function namesForHelp(words: readonly string[]): Promise<Names | undefined> {
  const asks = ['--help', '-h', 'help'].some((word) => words.includes(word));
  if (!asks || !['run', 'demo', 'sweep'].some((command) => words.includes(command))) return undefined;
  const { namesOf } = await import('../assembly/registries.ts');
  return namesOf();
}

/** A command whose own definition is loaded only when it is called. */
function addLazy(program: Command, name: string, about: string, load: () => Promise<Command>): void {
  program
    .command(name)
    .description(about)
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .argument('[arguments...]')
    .action(async (_arguments, _options, command: Command) => {
      const loaded = (await load()).name(`ttcbench ${name}`);
      for (const one of [loaded, ...loaded.commands])
        one
          .exitOverride()
          .configureOutput({ outputError: sayWrongWords })
          .showHelpAfterError(helpHint(one === loaded ? loaded.name() : `${loaded.name()} ${one.name()}`));
      await loaded.parseAsync(command.args, { from: 'user' });
    });
}

/** A line that begins with a flag of a run is a run: `ttcbench --policy early_exit_28 --benchmark crmarena`. */
function wordsOf([, , first = '', ...rest]: readonly string[]): string[] {
  const isRun = first.startsWith('--') && !['--help', '--version'].includes(first);
  return [...(isRun ? ['run'] : []), ...(first === '' && rest.length === 0 ? [] : [first]), ...rest];
}

const finished = watchForEnd();
armWatchdog();

// The reader of a pipe may leave early (`ttcbench report RUN | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  finished();
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

let atEnd = () => {};
try {
  const words = wordsOf(process.argv);
  if (['run', 'demo', 'sweep'].includes(words[0] ?? '')) atEnd = (await import('./session.ts')).sayEarlyInterrupt();
  await createProgram(await namesForHelp(words)).parseAsync(words, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    reportError(error);
    process.exitCode = exitCode(error);
  }
} finally {
  atEnd();
  finished();
}
