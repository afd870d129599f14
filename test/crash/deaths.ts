/** How a thread dies of itself, and how it is told to. */
export type Death = 'exit' | 'throw' | 'memory';
export type DeadlyWord = { thread: number; death: Death };
export const deathChannel = 'deaths';
