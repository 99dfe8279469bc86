/** `ttcbench dash`: run folders in the browser. */
import { Command } from 'commander';
import { plainText, TtcError } from '../core/index.ts';
import { startDash } from '../dash/index.ts';
import { whole } from './number-flag.ts';
import { runFolders } from './run-folders.ts';

interface Flags {
  port: string;
  host: string;
  tokenEnv?: string;
  metrics?: string;
  allowRuns?: boolean;
  json?: boolean;
}

export function dashCommand(): Command {
  return new Command('dash')
    .description(
      'which policy pays, at what price in quality, and is it real: run folders in the browser (docs/dashboard.md)',
    )
    .argument('[runs...]', 'run folders, or folders that hold them (default: runs)')
    .option('--port <n>', 'port; 0 = any free one', '8501')
    .option('--host <address>', 'address to listen on; any but loopback asks for a token', '127.0.0.1')
    .option('--token-env <variable>', 'environment variable with the token (default: a new one)')
    .option(
      '--metrics <file>',
      'JSON file of metrics that the page shows and may add to; report and export take it, too',
    )
    .option('--allow-runs', 'the page may start runs on the engine of this machine')
    .option('--json', 'address and process id as JSON')
    .action(dash);
}

async function dash(runs: readonly string[], flags: Flags): Promise<void> {
  const roots = runs.length > 0 ? runFolders(runs) : ['runs'];
  const port = whole('port', flags.port, 0, 65_535);
  const server = await startDash({
    ...{ roots, port, host: flags.host, token: tokenOf(flags.tokenEnv) },
    ...{ metrics: metricsOf(flags.metrics), allowRuns: flags.allowRuns },
  });
  const { pid } = process;
  console.log(
    flags.json
      ? JSON.stringify({ url: server.url, pid })
      : `dashboard at ${server.url} (Ctrl-C or kill ${pid} ends it)`,
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await server.close();
}

function tokenOf(variable: string | undefined): string | undefined {
  if (variable === undefined) return undefined;
  const token = process.env[variable];
  if (token && /^[\w.~-]{16,200}$/.test(token)) return token;
  throw new TtcError('E_API_KEY', `--token-env ${plainText(variable, 80)}: the variable holds no token`, {
    help: 'a token has 16 to 200 letters, digits, dots, dashes or underscores: openssl rand -hex 24',
  });
}

function metricsOf(file: string | undefined): string | undefined {
  if (file === undefined || file.endsWith('.json')) return file;
  throw new TtcError('E_ARGUMENT', `--metrics ${plainText(file, 200)}: must be a file that ends in .json`, {
    help: 'the page takes expressions, no code: docs/metrics.md',
  });
}
