/**
 * The part of Markdown that the files in docs/ use, as HTML: headings, paragraphs, fenced code, lists
 * and tables; code, bold and links inside. Everything else is text and is escaped. `hrefOf` says
 * where a link leads; null: its words stay, without a link. O(text).
 */
export function markdown(text: string, hrefOf: (target: string) => string | null): string {
  const blocks: string[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; ) {
    const kind = kinds.find(({ starts }) => starts.test(lines[i]!));
    if (kind === undefined) {
      i++;
      continue;
    }
    let end = i + 1;
    while (end < lines.length && kind.goesOn(lines[end]!, lines[end - 1]!, end - i)) end++;
    blocks.push(kind.html(lines.slice(i, end), hrefOf));
    i = end;
  }
  return blocks.join('\n');
}

type HrefOf = (target: string) => string | null;
type Kind = {
  starts: RegExp;
  /** whether a line belongs to the block that the line before it is in */
  goesOn: (line: string, before: string, place: number) => boolean;
  html: (lines: string[], hrefOf: HrefOf) => string;
};

const item = /^(?:- |\d+\. )/;

/** The first that fits. */
const kinds: Kind[] = [
  {
    starts: /^#{1,4} /,
    goesOn: () => false,
    html: ([line], hrefOf) => {
      const [, marks, words] = /^(#+) (.*)$/.exec(line!)!;
      const level = marks!.length;
      return `<h${level}${level > 1 ? ` id="${slugOf(words!)}"` : ''}>${inline(words!, hrefOf)}</h${level}>`;
    },
  },
  {
    starts: /^```/,
    goesOn: (_line, before, place) => place === 1 || before !== '```',
    html: (lines) =>
      `<pre class="code" tabindex="0" aria-label="Example">${escaped(lines.slice(1, -1).join('\n'))}</pre>`,
  },
  { starts: /^\|/, goesOn: (line) => line.startsWith('|'), html: table },
  { starts: item, goesOn: (line) => item.test(line) || line.startsWith('  '), html: list },
  {
    starts: /\S/,
    goesOn: (line) => line.trim() !== '' && !/^(?:#{1,4} |```|\|)/.test(line) && !item.test(line),
    html: (lines, hrefOf) => `<p>${inline(lines.join('\n'), hrefOf)}</p>`,
  },
];

function list(lines: string[], hrefOf: HrefOf): string {
  const items: string[] = [];
  for (const line of lines) {
    if (item.test(line)) items.push(line.replace(item, ''));
    else items.push(`${items.pop()}\n${line.trim()}`);
  }
  const tag = lines[0]!.startsWith('- ') ? 'ul' : 'ol';
  return `<${tag}>${items.map((one) => `<li>${inline(one, hrefOf)}</li>`).join('')}</${tag}>`;
}

/** The second line parts the head from the rest. */
function table(lines: string[], hrefOf: HrefOf): string {
  const [head, , ...rows] = lines.map(cellsOf);
  const row = (cells: string[], cell: (text: string, i: number) => string): string =>
    `<tr>${cells.map(cell).join('')}</tr>`;
  const headRow = row(head!, (text) => `<th scope="col">${inline(text, hrefOf)}</th>`);
  const body = rows.map((cells) =>
    row(cells, (text, i) =>
      i === 0 ? `<th scope="row">${inline(text, hrefOf)}</th>` : `<td>${inline(text, hrefOf)}</td>`,
    ),
  );
  return `<div class="scroll-x" tabindex="0" role="group" aria-label="Table"><table class="fields"><thead>${headRow}</thead><tbody>${body.join('')}</tbody></table></div>`;
}

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

/** Code first: nothing inside it means anything. */
function inline(text: string, hrefOf: HrefOf): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part, i) =>
      i % 2 === 1 ? `<code>${escaped(part.slice(1, -1))}</code>` : plain(part, hrefOf),
    )
    .join('');
}

const plain = (text: string, hrefOf: HrefOf): string =>
  escaped(text)
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replaceAll(/\[([^\]]+)\]\(([^)\s]+)\)/g, (_, words: string, target: string) => {
      const href = hrefOf(target);
      return href === null ? words : `<a href="${href}">${words}</a>`;
    });

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (mark) => entities[mark]!);

const slugOf = (words: string): string =>
  words
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
