import { bracket, renderJson, type JsonLayout } from './json/render-json.ts'
import type { Manifest } from './types.ts'

const standard: JsonLayout = { indent: '  ', newline: '\n' }

/**
 * The text of a manifest: JSON, two-space indent, newline at the end.
 *
 * Nothing that did not change is written anew. A manifest without a change gives the text that it
 * was read from, byte for byte. After an edit, every unchanged dataset, entry and field keeps its
 * text (indentation, escapes, spelling of numbers), and what is new follows the indentation and the
 * line ends that the text had.
 */
export function formatManifest({ datasets, origin }: Manifest): string {
  if (origin === null) return `${bracket('[', ']', renderAll(datasets, standard), standard, 0)}\n`
  const { text } = origin
  const read = origin.value as readonly unknown[]
  const unchanged =
    read.length === datasets.length && read.every((dataset, i) => dataset === datasets[i])
  if (unchanged) return text
  const layout = detectLayout(text)
  const array = bracket('[', ']', renderAll(datasets, layout), layout, 0)
  return text.slice(0, text.indexOf('[')) + array + text.slice(text.lastIndexOf(']') + 1)
}

function renderAll(datasets: Manifest['datasets'], layout: JsonLayout): string[] {
  return datasets.map((dataset) => renderJson(dataset, layout, 1))
}

/** The indentation is that of the first dataset. */
function detectLayout(text: string): JsonLayout {
  const indent = /^\s*\[\s*\n([ \t]+)[^\]\s]/.exec(text)?.[1] ?? standard.indent
  return { indent, newline: text.includes('\r\n') ? '\r\n' : standard.newline }
}
