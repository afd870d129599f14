import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';
import { textOf, Visitor } from '../helpers/visitor.ts';

const list = '/r/acme/web/-/incidents';

describe('the pages of incidents', () => {
  let appliance: Appliance;
  let visitor: Visitor;
  let ids: Awaited<ReturnType<typeof postJudgedHistory>>;
  before(async () => {
    appliance = await openAppliance();
    ids = await postJudgedHistory(appliance);
    visitor = new Visitor(appliance.url, await appliance.signIn());
  });
  after(() => appliance.close());

  it('the list says what broke, since which commit and how sure that is', async () => {
    const { status, html } = await visitor.open(list);
    assert.equal(status, 200);
    assert.match(textOf(html), /▲ new failure lost is broken cart · P\(broken\) .* c0020 P /);
    assert.ok(html.includes(`href="${list}/${ids.incidentId}"`));
  });

  it('the filters stand in the address, and an empty answer offers a way out', async () => {
    const broken = textOf((await visitor.open(`${list}?state=open&kind=new-failure`)).html);
    assert.match(broken, /lost is broken/);
    const none = (await visitor.open(`${list}?state=resolved`)).html;
    assert.match(textOf(none), /No incident matches. Show all/);
    assert.doesNotMatch(textOf(none), /lost is broken/);
    assert.equal((await visitor.open(`${list}?kind=outage`)).status, 400);
  });

  it('a repo in which nothing got worse says so', async () => {
    await appliance.post({ repo: 'acme/calm', summary: { total: 1, passed: 1, failed: 0 } });
    const { html } = await visitor.open('/r/acme/calm/-/incidents');
    assert.match(textOf(html), /Nothing got worse|Nothing is judged yet/);
  });

  it('as CSV it has the same rows, with nothing that a spreadsheet would compute', async () => {
    const { html: csv } = await visitor.open(`${list}?format=csv&state=open`);
    const [head, row, end] = csv.split('\r\n');
    assert.match(head!, /^id,kind,state,openedAt,/);
    assert.match(row!, new RegExp(`^${ids.incidentId},new-failure,open,20\\d\\d-.*,lost,cart,`));
    assert.equal(end, '');
  });

  it('its own page tells the suspects, what happened when and what would end it', async () => {
    const { status, html } = await visitor.open(`${list}/${ids.incidentId}`);
    assert.equal(status, 200);
    const text = textOf(html);
    for (const part of [
      'lost is broken',
      'Who broke it',
      'As a bar c0020 9',
      'Surely good: c0018 . Surely bad: c0021 .',
      '▲ opened with 1 test',
      'What ends it It ends with a pass of every test with P(broken) below 0.05',
    ]) {
      assert.ok(text.includes(part), `${part}: ${text}`);
    }
    assert.ok(html.includes(`href="/r/acme/web/-/tests/${ids.testId}"`));
    assert.match(html, /<rect class="chance" width="\d[\d.]*%"/);
  });

  it('an incident of another repo is not there under this one', async () => {
    const { status } = await visitor.open(`/r/acme/calm/-/incidents/${ids.incidentId}`);
    assert.equal(status, 404);
    assert.equal((await visitor.open(`${list}/ffffffffffffffff`)).status, 404);
    assert.equal((await visitor.open(`${list}/%22%3E%3Cscript%3E`)).status, 404);
  });

  it('another spelling of the repo leads to the right address', async () => {
    const { location } = await visitor.open(`/r/ACME/Web/-/incidents/${ids.incidentId}`);
    assert.match(location!, new RegExp(`${list}/${ids.incidentId}$`));
  });
});
