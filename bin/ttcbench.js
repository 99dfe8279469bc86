#!/usr/bin/env node
import { existsSync } from 'node:fs';

const entry = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(entry)) await import(entry.href);
else {
  console.error('E_BUILD: ttcbench is not built yet. Run: npm run build');
  process.exit(2);
}
