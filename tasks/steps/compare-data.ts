import { publicBuckets } from '../../lib/config/buckets.ts'
import { diffMarkdown as toMarkdown } from '../../lib/diff/present/markdown.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { bucketOf } from '../../lib/manifest/lookup.ts'
import { compareData as compare } from '../../lib/review/compare-data.ts'
import { openCache } from '../../lib/transfer/cache.ts'

/**
 * What an author's diff says is a claim: this is computed from the bytes. It takes downloads, and so
 * it is done where somebody is told of it, or a limit depends on it.
 */
export const compareData = defineStep({
  id: 'compare-data',
  title: 'Compare the bytes with those of the version before',
  needs: ['project', 'stores', 'checked', 'checkedStaged', 'commentWanted'],
  provides: ['dataDiffs', 'diffMarkdown'],
  skip: ({ project: { config }, checked: { after }, checkedStaged, commentWanted }) => {
    const facts = { dataDiffs: new Map(), diffMarkdown: '' }
    const { all, datasets } = config.review
    const isLimited = [all, ...Object.values(datasets)].some((one) => Object.keys(one).length > 0)
    if (!commentWanted && !isLimited) return { reason: 'nothing depends on it', facts }
    if (after === null) return { reason: 'there is no manifest', facts }
    const isUnseen = checkedStaged.unseen !== null || checkedStaged.problems.length > 0
    return isUnseen ? { reason: 'the bytes are not at hand', facts } : undefined
  },
  async run({ project: { config, env }, stores, checked }, { signal, report, notice, dispose }) {
    const { items, base, after } = checked
    if (after === null) return { dataDiffs: new Map(), diffMarkdown: '' }
    const cache = await openCache(env, config.cache.size)
    const { staging, diff } = config
    const request = { items, base, after, stores, cache, staging, most: diff.maxDownload, env }
    const dataDiffs = await compare({ ...request, signal, report, notice, dispose })
    const isPublic = publicBuckets(config)
    const texts = items.flatMap(({ dataset, entry }) => {
      const title = `${dataset.fileName} ${entry?.version ?? ''}`
      const one = dataDiffs.get(title)
      // Of a private dataset nothing but its name is said.
      return one !== undefined && isPublic(bucketOf(dataset)) ? [toMarkdown(one, { title })] : []
    })
    return { dataDiffs, diffMarkdown: texts.join('\n\n') }
  },
})
