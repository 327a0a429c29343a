import { constants } from 'node:fs'
import { access, copyFile, mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { makeSealed, type Seal } from './sealed-database.ts'
import { measure } from './measure.ts'

/** Databases of a size; each is made when it is first asked for. */
export interface Databases {
  /** @returns where it is; nobody is to change it */
  readonly get: (bytes: number, content: Content) => Promise<string>
}

/** What differs from `base` (`sealed-…`: from `sealed`), and how. */
export type Content = 'base' | 'sealed' | Variant

/** A next version of a database. */
export type Variant = keyof typeof variants

/** 57 rows: 52 of the largest table all over it, and five elsewhere. */
const EDIT = `
  UPDATE CapacityFactorProcess SET factor = 0.5 WHERE rowid IN (
    SELECT value * (SELECT max(rowid) / 53 FROM CapacityFactorProcess) FROM generate_series(1, 52));
  INSERT INTO CostVariable VALUES ('R00', 2060, 'E_TECH_001', 2020, 1, 'M$/PJ', 'new');
  DELETE FROM DemandSpecificDistribution WHERE rowid IN (5, 1000, 7000);
  UPDATE Technology SET description = 'x' WHERE tech = 'E_TECH_003';`

/**
 * Loads the rows of another file into the empty tables of this one, one by one as an INSERT would, but
 * for two early ones that are gone: what comes behind them lies elsewhere then, as after real edits.
 */
function reload(order: string): string {
  return `
    INSERT INTO MetaData SELECT * FROM old.MetaData ORDER BY rowid;
    INSERT INTO Region SELECT * FROM old.Region ORDER BY rowid;
    INSERT INTO Technology SELECT * FROM old.Technology ORDER BY rowid;
    INSERT INTO CapacityFactorProcess SELECT * FROM old.CapacityFactorProcess
      WHERE rowid <> 5 ORDER BY ${order};
    INSERT INTO DemandSpecificDistribution SELECT * FROM old.DemandSpecificDistribution
      WHERE rowid <> 5 ORDER BY rowid;
    INSERT INTO CostVariable SELECT * FROM old.CostVariable ORDER BY rowid;`
}

/** SQL for a copy of the base, or for an empty file with the tables, to which the base is `old`. */
const variants = {
  /** 57 rows in place. */
  edited: { copy: EDIT },
  /** One row more in a hundred, of another period, in the order of the key. */
  sorted: {
    copy: `
      INSERT INTO CapacityFactorProcess
      SELECT region, 2035, season, tod, tech, vintage, factor, notes FROM CapacityFactorProcess
      WHERE tod < printf('h%04d', (SELECT count(DISTINCT tod) FROM CapacityFactorProcess
        WHERE region = 'R00' AND season = 'w00') / 100 + 1)
      ORDER BY region, season, tod, tech;`,
  },
  /** One row more in a thousand, all over the key and in no order. */
  random: {
    copy: `
      INSERT INTO CapacityFactorProcess
      SELECT region, period, season, tod, 'E_NEW_' || rowid % 7, vintage, factor, notes
      FROM CapacityFactorProcess WHERE rowid % 1000 = 17 ORDER BY factor, rowid;`,
  },
  /** 57 rows, one in a hundred deleted, and a VACUUM. */
  vacuumed: {
    copy: `${EDIT}
      DELETE FROM CapacityFactorProcess WHERE tod = 'h0000' AND rowid % 5 = 0; VACUUM;`,
  },
  /** 57 rows, and all loaded into a new file in the order that they had. */
  reloaded: { load: `${reload('rowid')} ${EDIT}` },
  /** 57 rows, and all loaded into a new file in another order. */
  rebuilt: { load: `${reload('tech, tod, region, season')} ${EDIT}` },
  /** 57 rows, and pages of 8 KiB. */
  pages: { copy: `${EDIT} PRAGMA page_size = 8192; VACUUM;` },
  /** Of what looks encrypted, one blob in a thousand. */
  resealed: { copy: '' },
} satisfies Record<string, { readonly copy: string } | { readonly load: string }>

export const variantNames = Object.keys(variants) as readonly Variant[]

/** The content that a variant is the next version of. */
export function predecessorOf(variant: Variant): Content {
  return variant === 'resealed' ? 'sealed' : 'base'
}

/**
 * @param folder where they are kept, and found again by the next run that names it
 */
export function openDatabases(folder: string, signal: AbortSignal): Databases {
  const get: Databases['get'] = async (bytes, content) => {
    const file = path.join(folder, `${content}-${bytes}.sqlite`)
    if (await isThere(file)) return file
    const before = content === 'base' || content === 'sealed' ? null : predecessorOf(content)
    const old = before === null ? null : await get(bytes, before)
    await mkdir(folder, { recursive: true })
    const unfinished = `${file}.unfinished`
    await rm(unfinished, { force: true })
    try {
      await make(unfinished, bytes, content, old)
      await rename(unfinished, file)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
    return file
  }

  async function make(
    file: string,
    bytes: number,
    content: Content,
    old: string | null,
  ): Promise<void> {
    if (old !== null) await copyOrCreate(file, content as Variant, old)
    const seal = seals[content]
    if (seal !== undefined) return makeSealed(file, bytes, seal, signal)
    if (content === 'base') return sqlite(file, [tables, rowsFor(bytes)])
    const variant: { copy?: string; load?: string } = variants[content as Variant]
    if (variant.copy !== undefined) return sqlite(file, [variant.copy])
    const attach = `ATTACH '${(old ?? '').replaceAll("'", "''")}' AS old;`
    return sqlite(file, [tables, attach, variant.load ?? ''])
  }

  async function sqlite(file: string, sql: readonly string[]): Promise<void> {
    const quick =
      'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;'
    const args = ['-batch', '-bail', '-init', '/dev/null', file, quick, ...sql]
    await measure({ program: 'sqlite3', args, env: { PATH: process.env['PATH'] ?? '' } }, signal)
  }

  return { get }
}

const seals: Partial<Record<Content, Seal>> = { sealed: 'made', resealed: 'changed' }

async function copyOrCreate(file: string, variant: Variant, old: string): Promise<void> {
  if ('copy' in variants[variant]) await copyFile(old, file, constants.COPYFILE_FICLONE)
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

/** The tables of Temoa's input database that make up most of one. */
const tables = `
  PRAGMA page_size = 4096;
  CREATE TABLE MetaData(element TEXT PRIMARY KEY, value INTEGER, notes TEXT);
  CREATE TABLE Region(region TEXT PRIMARY KEY, notes TEXT);
  CREATE TABLE Technology(tech TEXT PRIMARY KEY, flag TEXT, sector TEXT, description TEXT);
  CREATE TABLE CapacityFactorProcess(
    region TEXT, period INTEGER, season TEXT, tod TEXT, tech TEXT, vintage INTEGER, factor REAL, notes TEXT,
    PRIMARY KEY (region, period, season, tod, tech, vintage));
  CREATE TABLE DemandSpecificDistribution(
    region TEXT, period INTEGER, season TEXT, tod TEXT, demand_name TEXT, dsd REAL, notes TEXT,
    PRIMARY KEY (region, period, season, tod, demand_name));
  CREATE TABLE CostVariable(
    region TEXT, period INTEGER, tech TEXT, vintage INTEGER, cost REAL, units TEXT, notes TEXT,
    PRIMARY KEY (region, period, tech, vintage));`

/** So many bytes an hour of the year takes in all regions, seasons and technologies, and so many the rest; measured. */
const BYTES_PER_HOUR = 1_090_000
const FIXED_BYTES = 2_600_000

/** Rows that come out the same every time: what looks random is computed from the row's number. */
function rowsFor(bytes: number): string {
  const hours = Math.max(1, Math.round((bytes - FIXED_BYTES) / BYTES_PER_HOUR))
  return `BEGIN;
    INSERT INTO MetaData VALUES ('DB_MAJOR', 3, ''), ('DB_MINOR', 1, '');
    INSERT INTO Region SELECT printf('R%02d', value), 'zone ' || value FROM generate_series(0, 25);
    INSERT INTO Technology SELECT printf('E_TECH_%03d', value), 'p', 'electric', 'technology ' || value
      FROM generate_series(0, 59);
    INSERT INTO CapacityFactorProcess
    SELECT printf('R%02d', r.value), 2030, printf('w%02d', s.value), printf('h%04d', h.value),
      printf('E_TECH_%03d', t.value), 2025,
      round(${noise(`((r.value * 20 + s.value) * ${hours} + h.value) * 20 + t.value`)}, 6), NULL
    FROM generate_series(0, 25) r CROSS JOIN generate_series(0, 19) s
      CROSS JOIN generate_series(0, ${hours - 1}) h CROSS JOIN generate_series(0, 19) t;
    INSERT INTO DemandSpecificDistribution
    SELECT printf('R%02d', r.value), 2030, printf('w%02d', s.value), printf('h%04d', h.value),
      'D' || d.value, ${noise(`((r.value * 20 + s.value) * ${hours} + h.value) * 3 + d.value + 7`)}, NULL
    FROM generate_series(0, 25) r CROSS JOIN generate_series(0, 19) s
      CROSS JOIN generate_series(0, ${hours - 1}) h CROSS JOIN generate_series(0, 2) d;
    INSERT INTO CostVariable
    SELECT printf('R%02d', r.value), p.value, printf('E_TECH_%03d', t.value), v.value,
      10 * ${noise('r.value * 90000 + p.value * 700 + t.value * 11 + v.value')}, 'M$/PJ', 'ATB 2024'
    FROM generate_series(0, 25) r CROSS JOIN generate_series(2025, 2054, 5) p
      CROSS JOIN generate_series(0, 59) t CROSS JOIN generate_series(2020, 2030, 5) v;
    COMMIT;`
}

/** A number from 0 to 1 that looks random, of an expression that is a whole number. */
function noise(number: string): string {
  const first = `((${number}) * 2654435761 + 12345 & 4294967295)`
  return `((((${first} >> 15) * 40503 + ${first} * 69069) & 4294967295) / 4294967296.0)`
}
