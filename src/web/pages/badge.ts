import { type BadgeMetric, badgeQuery, readQuery } from '../../contract/queries.ts';
import { authorize } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { RepoStanding } from '../../store/judged/repo-reads.ts';
import type { Ctx, Web } from '../context.ts';
import { format } from '../format.ts';
import { answerTagged } from '../middleware/etag.ts';
import { badgeSvg, type Tone } from './parts/badge-svg.ts';
import { sealOf } from './parts/grade.ts';

type Value = { text: string; tone: Tone };

const unknown: Value = { text: 'not enough data', tone: 'none' };

const metrics: Record<BadgeMetric, { label: string; of: (standing: RepoStanding) => Value }> = {
  grade: {
    label: 'tests',
    of: ({ grade }) => {
      if (grade === null) return unknown;
      const { letter, score, tone } = sealOf(grade);
      return { text: `${letter} ${score}`, tone };
    },
  },
  flakiness: {
    label: 'flaky tests',
    of: ({ flakyTests }) => ({
      text: format.count(flakyTests),
      tone: flakyTests === 0 ? 'good' : 'fair',
    }),
  },
  passRate: {
    label: 'pass rate',
    of: ({ passRate }) => {
      if (passRate === null) return unknown;
      const tone = passRate >= 0.95 ? 'good' : passRate >= 0.8 ? 'fair' : 'poor';
      return { text: format.share(passRate).replace('\u00a0', ' '), tone };
    },
  },
};

/**
 * GET /badge/<slug>.svg — one number of a repo as a picture for a README. A repo that who asks may
 * not see is not there, whether or not they have signed in: a picture leads nobody to a login.
 */
export async function badge(ctx: Ctx, web: Web): Promise<void> {
  const slug = decodeURIComponent(ctx.captures![0]!);
  const { metric } = readQuery(badgeQuery, ctx.query);
  const repo = await web.store.getRepo(slug, 0);
  if (repo === null || authorize(ctx.state.principal, 'page', repo) !== 'yes') {
    throw new AppError('not_found', 'There is no such repo.');
  }
  const [standing] = await web.store.repoStandings([repo.slug]);
  const { label, of } = metrics[metric];
  const { text, tone } = standing ? of(standing) : unknown;
  sendBadge(ctx, badgeSvg(label, text, tone), repo.isPublic);
}

/** Other sites may show it; a picture that has not changed is not sent again. */
function sendBadge(ctx: Ctx, svg: string, isPublic: boolean): void {
  const age = `max-age=${limits.badgeSeconds.value}`;
  ctx.set('Cache-Control', isPublic ? `public, ${age}` : 'private, no-cache');
  if (isPublic) ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
  ctx.type = 'image/svg+xml';
  answerTagged(ctx, svg);
}
