/** A task as programs show it: how it stands, what became of each device and why, in the same words everywhere. */
export { explainDelivery, whyLeftToUnicast, type ExplainedTask, type Explanation } from './explain-delivery.ts';
export { countNone, countOpen, isEnded, isUnsuccessful } from './delivery-states.ts';
export { LOOK_NAMES, lookOf, type LookName } from './look.ts';
export { TaskPicture, type TaskHead } from './task-picture.ts';
