import { bracket, renderJson, type JsonLayout } from './json/render-json.ts'
import type { Manifest, ManifestText } from './types.ts'

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
  const { text, root } = origin
  const items = root.items ?? []
  const unchanged =
    items.length === datasets.length && items.every((item, i) => item.value === datasets[i])
  if (unchanged) return text
  const layout = detectLayout(origin)
  const array = bracket('[', ']', renderAll(datasets, layout), layout, 0)
  return text.slice(0, root.start) + array + text.slice(root.end)
}

function renderAll(datasets: Manifest['datasets'], layout: JsonLayout): string[] {
  return datasets.map((dataset) => renderJson(dataset, layout, 1))
}

/** The indentation is that of the first dataset. */
function detectLayout({ text, root }: ManifestText): JsonLayout {
  const first = root.items?.[0]
  const lead = text.slice(root.start + 1, first?.start ?? root.start + 1)
  const indent = /\n([ \t]+)$/.exec(lead)?.[1] ?? standard.indent
  return { indent, newline: text.includes('\r\n') ? '\r\n' : standard.newline }
}
