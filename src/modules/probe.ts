/** The main file of a process that imports one module and says that it came to an end: `probe-module.ts` starts it. */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { allowOwnImports } from '../core/own-imports.ts';

/** A module that loops leaves this thread no turn: another one ends the process where its parent is gone. */
const watch = `setInterval(() => process.ppid === ${process.ppid} || process.kill(process.pid, 'SIGKILL'), 500)`;
new Worker(watch, { eval: true }).unref();

const file = process.argv[2] as string;
allowOwnImports(file);
await import(pathToFileURL(file).href).catch(() => undefined);
// What a module throws is told, with its line, by the process that imports it for good.
process.send?.('imported');
