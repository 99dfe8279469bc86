/** What the shell gives: the command line, and Ctrl-C as an abort. */
import { publicUrl } from '../client/endpoint.ts';

/** As the user could type it again, but for the logins of URLs: files hold it. */
export function commandLine(): string {
  const words = process.argv
    .slice(2)
    .map((word) => word.replace(/(https?|rediss?|postgres(ql)?):\/\/\S+/gi, publicUrl));
  const quoted = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)));
  const [command, ...flags] = quoted;
  // npm says which script it runs; other scripts, and npx, call the program by its name.
  if (command === 'demo' && process.env.npm_lifecycle_event === 'demo')
    return ['npm run demo', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ');
  return ['ttcbench', ...quoted].join(' ');
}

/** The same with the word by which the program was found: to be typed again. */
export function typedAgain(line = commandLine()): string {
  const isNpx = process.env.npm_command === 'exec' && process.env.npm_lifecycle_event === 'npx';
  return isNpx && line.startsWith('ttcbench ') ? `npx ${line}` : line;
}

const early = () => {
  console.error('Interrupted before anything was played. The same command starts again.');
  process.exit(130);
};

/** Says so where Ctrl-C comes while the command is still being read; `untilInterrupted` takes over. */
export function sayEarlyInterrupt(): () => void {
  process.on('SIGINT', early);
  return () => void process.off('SIGINT', early);
}

/** Ctrl-C and a polite kill abort; finished trials are safe, and a second Ctrl-C ends the process at once. */
export function untilInterrupted(): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.off('SIGINT', early);
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}
