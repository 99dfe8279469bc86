export * from '../core/format-number.ts';
