/** Every table has this much of its own, so that a page is as long in the one as in the other. */
export const PAGE = 50;
/** The model that is read: the same in every table. Its name comes after those that it lies among. */
export const PROBE = { model: 'probe', versions: PAGE, events: PAGE };
/** What the probe's first version was trained on; every further one was made from the one before it. */
export const PROBE_DATA = 'probe-data';
/** The run that logged the probe's first version. */
export const PROBE_RUN = 'f'.repeat(32);
/** What the first version of every other model was trained on. */
export const SHARED_DATA = 'shared-data';
/** A model whose versions and events are a page in one table, and a tenth of everything in the other. */
export const DEEP = 'deep';
