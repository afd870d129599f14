/** Small by default; `npm run test:crash -- --full` sets the flag and takes hours. */
const isFull = process.env.QUALITYPILOT_CRASH_TESTS === 'full';

export const size = (small: number, full: number): number => (isFull ? full : small);
