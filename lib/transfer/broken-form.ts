/**
 * What is wrong with the bytes of a companion or of a staged form, which anybody may have written.
 * Whoever knows their key tells it as DM_FORM_BROKEN.
 */
export class BrokenForm extends Error {
  override readonly name = 'BrokenForm'
}
