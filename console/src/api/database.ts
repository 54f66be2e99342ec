import { fetchJson, RequestFailed } from './http.ts';

/** The demo server's database: raw rows, blobs as hex, the newest first. */
export interface StoredDatabase {
  engine: string;
  tables: StoredTable[];
}

export interface StoredTable {
  name: string;
  note?: string | null;
  columns: string[];
  rows: StoredValue[][];
  /** Rows in the table; {@link rows} holds at most the newest 50 of them. */
  total: number;
}

export type StoredValue = string | null;

/** Null where the simulator runs alone, without a Hatcheck behind the bots. */
export async function readDatabase(): Promise<StoredDatabase | null> {
  try {
    return await fetchJson<StoredDatabase>('/demo/database');
  } catch (error) {
    if (error instanceof RequestFailed && error.status === 404) return null;
    throw error;
  }
}
