import type { Sample, Trial, Unit } from '../../core/index.ts';

/** What a row holds under a name. A column without a value is not there. */
export type Value = string | number | boolean | Readonly<Record<string, number>>;

/** `map`: name → number, for names that no registry knows. */
export type ColumnType = 'text' | 'number' | 'integer' | 'flag' | 'time' | 'json' | 'map';

/** What a row is read from. */
export interface Source {
  trial: Trial;
  /** Absent where the run folder does not hold it. */
  sample?: Sample | undefined;
  /** Folder of the run. */
  run: string;
  /** What the run folder says of itself; absent where it cannot be read. */
  origin?: RunOrigin | undefined;
}

export interface RunOrigin {
  /** The plan's hash. */
  run_id: string;
  /** Processor, cores, memory and system. */
  machine: string;
  /** Of ttcbench. */
  version?: string | undefined;
  temperature?: number | undefined;
  /** Absent where the benchmark's own default held. */
  max_tokens?: number | undefined;
}

export interface Column<T extends Value = Value> {
  type: ColumnType;
  unit?: Unit;
  /** One sentence. */
  about: string;
  of(source: Source): T | undefined;
}

/** What the columns of a registry give to a row. */
export type ValuesOf<Columns extends Record<string, Column>> = {
  readonly [name in keyof Columns]: ReturnType<Columns[name]['of']>;
};

type Of<T extends Value | undefined> = (source: Source) => T;

const column =
  <Most extends Value>(type: ColumnType) =>
  <T extends Most | undefined>(about: string, of: Of<T>, unit?: Unit) => ({
    ...{ type, about, of },
    ...(unit && { unit }),
  });

export const text = column<string>('text');
/** ISO 8601 in UTC. */
export const time = column<string>('time');
export const json = column<string>('json');
export const flag = column<boolean>('flag');
export const integer = column<number>('integer');
export const number = column<number>('number');
export const map = column<Readonly<Record<string, number>>>('map');
