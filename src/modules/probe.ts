/** The main file of a process that imports one module and says that it came to an end: `probe-module.ts` starts it. */
import { pathToFileURL } from 'node:url';
import { endWithParent } from '../core/end-with-parent.ts';
import { allowOwnImports } from '../core/own-imports.ts';

// A module may loop.
endWithParent();

const file = process.argv[2] as string;
allowOwnImports(file);
await import(pathToFileURL(file).href).catch(() => undefined);
// What a module throws is told, with its line, by the process that imports it for good.
process.send?.('imported');
