/** Chromium's failure reasons: what looks like a hash, hex or a number is masked; `failurereason.go`. */
export const maskedByLuci = (message: string): string =>
  message.replace(/[/+0-9a-zA-Z]{10,}=+|[-0-9a-fA-F \t]{16,}|[0-9a-fA-Fx]{8,}|[0-9]+/g, '%');
