import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The first version: a small energy system with the tables of Temoa. */
const first = `
  CREATE TABLE MetaData(element TEXT PRIMARY KEY, value INTEGER, notes TEXT);
  INSERT INTO MetaData VALUES ('DB_MAJOR', 3, ''), ('DB_MINOR', 1, '');
  CREATE TABLE Region(region TEXT PRIMARY KEY, notes TEXT);
  INSERT INTO Region VALUES ('north', 'windy'), ('south', 'sunny');
  CREATE TABLE Technology(tech TEXT PRIMARY KEY, flag TEXT, sector TEXT, description TEXT);
  INSERT INTO Technology VALUES
    ('E_WIND', 'p', 'electric', 'wind turbines'), ('E_SUN', 'p', 'electric', 'solar panels'),
    ('E_GAS', 'p', 'electric', 'gas turbines');
  CREATE TABLE CostVariable(
    region TEXT, period INTEGER, tech TEXT REFERENCES Technology(tech), cost REAL,
    PRIMARY KEY (region, period, tech));
  INSERT INTO CostVariable
    SELECT region, period.value, tech, round(1.0 + 0.1 * (period.value % 7) + length(tech) / 10.0, 3)
    FROM Region, Technology, generate_series(2025, 2050) AS period;`

/** What the second version changes: new numbers for one technology. */
const second = `
  UPDATE CostVariable SET cost = round(cost * 0.9, 3) WHERE tech = 'E_SUN' AND period >= 2040;
  INSERT INTO Technology VALUES ('E_TIDE', 'p', 'electric', 'tidal power');`

/** Makes the sample database at a path; the second version is a changed first one. */
export async function makeSampleDatabase(file: string, version: 1 | 2): Promise<void> {
  const statements = version === 1 ? [first] : [first, second]
  await promisify(execFile)('sqlite3', ['-batch', '-init', '/dev/null', file, ...statements])
}
