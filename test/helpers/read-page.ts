/** GET as a browser would, redirects shown. */
export async function readPage(url: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    redirect: 'manual',
    headers: { accept: 'text/html', ...headers },
  });
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    html: await answer.text(),
  };
}
